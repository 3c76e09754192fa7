import { type DocumentNode, print } from "graphql";
import type { Document } from "./graphql.ts";
import { readServerSentEvents } from "./server_sent_events.ts";

/** The server could not be reached, or what answers there is not Sallyport. */
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

export type Client = {
  readonly url: string;
  /** Runs a query or mutation. Throws `CannotReachServer` or `RequestRefused`. */
  request<Result, Variables>(document: Document<Result, Variables>, variables: Variables): Promise<Result>;
  /** Follows a subscription until it completes or `signal` aborts. Throws as `request` does. */
  subscribe<Result, Variables>(
    document: Document<Result, Variables>,
    variables: Variables,
    signal?: AbortSignal,
  ): AsyncIterable<Result>;
};

export type ClientOptions = {
  /** The server's origin, like `http://127.0.0.1:4000`. */
  url: string;
  token?: string | undefined;
  /** How requests are made; the app's own `fetch` in tests. */
  fetch?: (request: Request) => Promise<Response>;
};

/** A GraphQL client: requests over POST, subscriptions over SSE. */
export function createClient(options: ClientOptions): Client {
  const send = async (
    document: DocumentNode,
    variables: unknown,
    accept: string,
    signal?: AbortSignal,
  ) => {
    const request = new Request(new URL("/graphql", options.url), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept,
        ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
      },
      body: JSON.stringify({ query: print(document), variables }),
      ...(signal ? { signal } : {}),
    });
    try {
      return await (options.fetch ?? fetch)(request);
    } catch (error) {
      throw new CannotReachServer(`Cannot reach the server at ${options.url}`, { cause: error });
    }
  };
  return {
    url: options.url,
    request: async <Result, Variables>(document: Document<Result, Variables>, variables: Variables) => {
      const response = await send(document, variables, "application/json");
      const answer = await response.json().catch(() => undefined);
      return dataOf<Result>(answer, options.url);
    },
    subscribe: async function* <Result, Variables>(
      document: Document<Result, Variables>,
      variables: Variables,
      signal?: AbortSignal,
    ) {
      const response = await send(document, variables, "text/event-stream", signal);
      if (!response.body || !response.headers.get("content-type")?.startsWith("text/event-stream")) {
        dataOf(await response.json().catch(() => undefined), options.url);
        return;
      }
      for await (const { event, data } of readServerSentEvents(response.body)) {
        if (event === "complete") return;
        if (event === "next" && data) yield dataOf<Result>(JSON.parse(data), options.url);
      }
    },
  };
}

function dataOf<Result>(answer: unknown, url: string): Result {
  const { data, errors } = (answer ?? {}) as {
    data?: Result | null;
    errors?: { message: string; extensions?: { code?: string } }[];
  };
  const first = errors?.[0];
  if (first) throw new RequestRefused(first.message, first.extensions?.code);
  if (data == null) throw new CannotReachServer(`What answers at ${url} is not Sallyport`);
  return data;
}
