import type { sleep } from "../lib/sleep.ts";
import type { Document } from "./document.ts";
import { readServerSentEvents } from "./server_sent_events.ts";

/** The server could not be reached, or what answers there is not Sallyport. Says nothing about any session. */
export class CannotReachServer extends Error {
  override readonly name = "CannotReachServer";
}

/** The server answered with errors instead of data. `code` is the first error's, like `UNAUTHENTICATED`. */
export class RequestRefused extends Error {
  override readonly name = "RequestRefused";
  constructor(message: string, readonly code: string | undefined) {
    super(message);
  }
}

/**
 * The header that says who asks. What no header can hold is refused as the server would refuse it: the platform's own
 * error would repeat the token.
 */
export function bearer(token: string | undefined): Record<string, string> {
  if (token === undefined) return {};
  if (/^[!-~]+$/.test(token)) return { authorization: `Bearer ${token}` };
  throw new RequestRefused("The token is none: it has characters that no token has", "UNAUTHENTICATED");
}

/** An operation as it goes over the wire. */
export type Operation<Data, Variables> = { query: Document<Data, Variables>; variables: Variables };

/** How one operation is sent. */
export type Sending = {
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Called when a stream has been opened, before its first value comes. */
  opened?: (() => void) | undefined;
};

/** Speaks GraphQL with one server: operations over POST, subscriptions over SSE. */
export type Transport = {
  /** The data of the answer. Throws `CannotReachServer` or `RequestRefused`. */
  send<Data, Variables>(operation: Operation<Data, Variables>, sending?: Sending): Promise<Data>;
  /**
   * The data of each value, until the server says that it was the last. Throws as `send` does, also when it breaks
   * off.
   */
  follow<Data, Variables>(operation: Operation<Data, Variables>, sending?: Sending): AsyncGenerator<Data>;
};

export type TransportOptions = {
  /** The server's origin, like `https://auth.example.com`. */
  url: string;
  fetch?: (request: Request) => Promise<Response>;
  /** How long a stream is silent, by the real time when left out. */
  sleep?: typeof sleep;
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function createTransport(options: TransportOptions): Transport {
  const ask = async <Data, Variables>(
    { query, variables }: Operation<Data, Variables>,
    accept: string,
    { headers, signal }: Sending,
  ) => {
    const request = new Request(new URL("/graphql", options.url), {
      method: "POST",
      headers: { "content-type": "application/json", accept, ...headers },
      body: JSON.stringify({ query, variables }),
      // A body holds passwords and refresh tokens: no other server is to get it.
      redirect: "error",
      ...(signal && { signal }),
    });
    try {
      return await (options.fetch ?? fetch)(request);
    } catch (error) {
      throw new CannotReachServer(`Cannot reach the server at ${options.url}`, { cause: error });
    }
  };
  const dataOf = <Data>(answer: unknown): Data => {
    const { data, errors } = (answer ?? {}) as {
      data?: Data | null;
      errors?: { message: string; extensions?: { code?: string } }[];
    };
    const first = errors?.[0];
    if (first) throw new RequestRefused(first.message, first.extensions?.code);
    if (data == null) throw new CannotReachServer(`What answers at ${options.url} is not Sallyport`);
    return data;
  };
  const whole = async <Data>(response: Response): Promise<Data> =>
    dataOf<Data>(await response.json().catch(() => undefined));
  return {
    send: async <Data, Variables>(operation: Operation<Data, Variables>, sending: Sending = {}) =>
      await whole<Data>(await ask(operation, "application/json", sending)),
    follow: async function* <Data, Variables>(operation: Operation<Data, Variables>, sending: Sending = {}) {
      const response = await ask(operation, "text/event-stream", sending);
      if (!response.body || !response.headers.get("content-type")?.startsWith("text/event-stream")) {
        await whole(response);
        return;
      }
      sending.opened?.();
      const events = readServerSentEvents(response.body, sending.signal, options.sleep);
      try {
        while (true) {
          const { value } = await events.next().catch(() => ({ value: undefined }));
          if (!value) break;
          const { event, data } = value;
          if (event === "complete") return;
          if (event === "next" && data) yield dataOf<Data>(parsed(data));
        }
      } finally {
        // Whoever stops listening closes the connection.
        await events.return(undefined);
      }
      if (sending.signal?.aborted) return;
      throw new CannotReachServer(`The connection to ${options.url} broke off`);
    },
  };
}
