import { type Document, textOf } from "./graphql.ts";
import { bearer, createTransport } from "../transport.ts";

export { CannotReachServer, RequestRefused } from "../transport.ts";

export type Client = {
  readonly url: string;
  /** Runs a query or mutation. Throws `CannotReachServer` or `RequestRefused`. */
  request<Result, Variables>(document: Document<Result, Variables>, variables: Variables): Promise<Result>;
  /** Follows a subscription until it completes or `signal` aborts. Throws as `request`, also when it breaks. */
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
  /** Tests pass the app's own `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
  /** Called when the stream of a subscription has been opened, before its first value. */
  onStream?: () => void;
};

/** Creates a client with one token, for documents that are typed by the schema. */
export function createClient({ url, token, fetch, onStream }: ClientOptions): Client {
  const { send, follow } = createTransport({ url, ...(fetch && { fetch }) });
  return {
    url,
    request: async (document, variables) =>
      await send({ query: textOf(document), variables }, { headers: bearer(token) }),
    subscribe: (document, variables, signal) =>
      follow({ query: textOf(document), variables }, { headers: bearer(token), signal, opened: onStream }),
  };
}
