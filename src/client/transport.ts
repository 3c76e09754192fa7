import type { sleep } from "../lib/sleep.ts";
import type { Document } from "./document.ts";
import { readServerSentEvents } from "./server_sent_events.ts";

/** There was no answer, or not one from Sallyport. The session may still be valid. */
export class CannotReachServer extends Error {
  override readonly name = "CannotReachServer";
}

/**
 * The server answered with errors instead of data. `code` is the code of the first error, like `UNAUTHENTICATED`. When a
 * subscription ended, `reason` is TOKEN_EXPIRED or SESSION_ENDED. With CURSOR_EXPIRED, continue from `cursor`. With
 * `requestId`, an operator can find the cause in the events.
 */
export class RequestRefused extends Error {
  override readonly name = "RequestRefused";
  readonly reason: string | undefined;
  readonly cursor: string | undefined;
  readonly requestId: string | undefined;
  constructor(
    message: string,
    readonly code: string | undefined,
    { reason, cursor, requestId }: Omit<RefusalExtensions, "code"> = {},
  ) {
    super(message);
    this.reason = reason;
    this.cursor = cursor;
    this.requestId = requestId;
  }
}

type RefusalExtensions = { code?: string; reason?: string; cursor?: string; requestId?: string };

/**
 * The Authorization header for a token. A malformed token is refused as the server would refuse it: the platform's own
 * error would contain the token.
 */
export function bearer(token: string | undefined): Record<string, string> {
  if (token === undefined) return {};
  if (/^[!-~]+$/.test(token)) return { authorization: `Bearer ${token}` };
  throw new RequestRefused("Malformed token: invalid characters", "UNAUTHENTICATED");
}

/** An operation as it is sent. */
export type Operation<Data, Variables> = { query: Document<Data, Variables>; variables: Variables };

export type SendOptions = {
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Called when a stream has been opened, before its first value. */
  opened?: (() => void) | undefined;
};

/** Sends GraphQL operations to one server: queries and mutations over POST, subscriptions over SSE. */
export type Transport = {
  /** Returns the data of the answer. Throws `CannotReachServer` or `RequestRefused`. */
  send<Data, Variables>(operation: Operation<Data, Variables>, options?: SendOptions): Promise<Data>;
  /** Yields the data of each value until the server completes the stream. Throws as `send`, also when it breaks. */
  follow<Data, Variables>(operation: Operation<Data, Variables>, options?: SendOptions): AsyncGenerator<Data>;
};

export type TransportOptions = {
  /** The server's origin, like `https://auth.example.com`. */
  url: string;
  fetch?: (request: Request) => Promise<Response>;
  /** Measures the silence of a stream. Tests replace it. */
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
    { headers, signal }: SendOptions,
  ) => {
    const request = new Request(new URL("/graphql", options.url), {
      method: "POST",
      headers: { "content-type": "application/json", accept, ...headers },
      body: JSON.stringify({ query, variables }),
      // A redirect would send passwords and refresh tokens to another server.
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
      errors?: { message: string; extensions?: RefusalExtensions }[];
    };
    const first = errors?.[0];
    if (first) {
      const { code, ...details } = first.extensions ?? {};
      throw new RequestRefused(first.message, code, details);
    }
    if (data == null) throw new CannotReachServer(`The server at ${options.url} is not Sallyport`);
    return data;
  };
  const readJson = async <Data>(response: Response): Promise<Data> =>
    dataOf<Data>(await response.json().catch(() => undefined));
  return {
    send: async <Data, Variables>(operation: Operation<Data, Variables>, sendOptions: SendOptions = {}) =>
      await readJson<Data>(await ask(operation, "application/json", sendOptions)),
    follow: async function* <Data, Variables>(
      operation: Operation<Data, Variables>,
      sendOptions: SendOptions = {},
    ) {
      const response = await ask(operation, "text/event-stream", sendOptions);
      if (!response.body || !response.headers.get("content-type")?.startsWith("text/event-stream")) {
        await readJson(response);
        return;
      }
      sendOptions.opened?.();
      const events = readServerSentEvents(response.body, sendOptions.signal, options.sleep);
      try {
        while (true) {
          const { value } = await events.next().catch(() => ({ value: undefined }));
          if (!value) break;
          const { event, data } = value;
          if (event === "complete") return;
          if (event === "next" && data) yield dataOf<Data>(parsed(data));
        }
      } finally {
        // Closes the connection when the caller stops reading.
        await events.return(undefined);
      }
      if (sendOptions.signal?.aborted) return;
      throw new CannotReachServer(`The connection to ${options.url} broke`);
    },
  };
}
