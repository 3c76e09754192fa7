import { sleep } from "../lib/sleep.ts";
import { type Account, account } from "./account.ts";
import { createCaller } from "./caller.ts";
import { type ConnectedAccounts, connectedAccounts } from "./connected.ts";
import { textOf, type TypedDocument, type VariablesOf } from "./document.ts";
import { type SecondFactors, secondFactors } from "./factors.ts";
import { keepSession } from "./session.ts";
import { type SecondFactorProof, type SignInOutcome, type SignIns, signIns } from "./sign_in.ts";
import { memoryStorage, type TokenStorage } from "./storage.ts";
import { createTransport } from "./transport.ts";
import { type Stop, type Watches, watches } from "./watch.ts";

export type * from "./answers.ts";
export { SallyportError } from "./caller.ts";
export {
  localTokenStorage,
  memoryStorage,
  type StorageArea,
  type StoredTokens,
  type TokenStorage,
} from "./storage.ts";
export { CannotReachServer, RequestRefused } from "./transport.ts";
export type { TypedDocument } from "./document.ts";
export type {
  Account,
  ConnectedAccounts,
  SecondFactorProof,
  SecondFactors,
  SignInOutcome,
  SignIns,
  Stop,
  Watches,
};

export type SallyportOptions = {
  /** The server's origin, like `https://auth.example.com`. */
  url: string;
  /** Stores the tokens; in memory by default. */
  storage?: TokenStorage;
  /**
   * TOKENS for any application. COOKIE for pages on the server's own site or behind the same proxy: the browser keeps
   * the session, and no script can read it.
   */
  transport?: "TOKENS" | "COOKIE";
  /** More origins to which `fetch` sends the access token. It always does for the server's and the page's own origin. */
  origins?: readonly string[];
  fetch?: (request: Request) => Promise<Response>;
  /** Waits before the client repeats a request without an answer. Tests replace it. */
  sleep?: (ms: number) => Promise<void>;
};

/**
 * A client of one server, for one user. Methods throw `SallyportError` when the server refuses, `CannotReachServer`
 * when there is no answer, and `RequestRefused` when the server answers with GraphQL errors.
 */
export type Sallyport = SignIns & SecondFactors & Account & ConnectedAccounts & Watches & {
  /** Whether this client knows a session. With COOKIE, it knows one after the first answer from the server. */
  readonly signedIn: boolean;
  /** Calls `listener` when a session begins, is replaced or ends, in this tab or in another. */
  onSession(listener: (open: boolean) => void): Stop;
  /**
   * Runs any operation of the API with the access token. If that is refused, renews it and repeats the operation once.
   * The document is a string, a `TypedDocumentString` or a `TypedDocumentNode`.
   */
  request<Data, Variables = unknown>(
    document: TypedDocument<Data, Variables>,
    ...variables: VariablesOf<Variables>
  ): Promise<Data>;
  /**
   * The platform's `fetch` with the access token. On 401, renews the token and repeats the request once. Only requests
   * to the server, to the page's own origin and to `origins` get the token. A request with an Authorization header is
   * sent unchanged.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /**
   * An access token for a service of your own, renewed if necessary; undefined when no user is signed in. Pass the
   * token that the service has `refused` to renew it early.
   */
  accessToken(refused?: string): Promise<string | undefined>;
  /** Stops all subscriptions and stops listening to other tabs. Does not end the session. */
  close(): void;
};

export function createSallyport(options: SallyportOptions): Sallyport {
  const { url, storage = memoryStorage(), transport: kind = "TOKENS" } = options;
  const fetch = options.fetch ?? ((request: Request) => globalThis.fetch(request));
  const server = new URL(url).origin;
  const transport = createTransport({ url, fetch });
  const session = keepSession({
    transport,
    storage,
    cookie: kind === "COOKIE",
    name: `sallyport ${server}`,
    sleep: options.sleep ?? sleep,
  });
  const closing = new AbortController();
  const own = globalThis.location?.origin;
  const origins = new Set([server, ...(own ? [own] : []), ...(options.origins ?? [])]);
  const caller = createCaller({ transport, session, fetch, origins });
  return {
    ...signIns(caller, session, kind),
    ...secondFactors(caller),
    ...account(caller, session),
    ...connectedAccounts(caller),
    ...watches({ caller, session, transport, closing: closing.signal }),
    get signedIn() {
      return session.id !== undefined;
    },
    onSession: session.onChange,
    request: async (document, variables?: unknown) => await caller.request(await textOf(document), variables),
    fetch: caller.fetch,
    accessToken: session.accessToken,
    close: () => {
      closing.abort();
      session.close();
    },
  };
}
