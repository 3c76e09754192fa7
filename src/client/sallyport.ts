import { sleep } from "../lib/sleep.ts";
import { type Account, account } from "./account.ts";
import { createCaller } from "./caller.ts";
import { type ConnectedAccounts, connectedAccounts } from "./connected.ts";
import { keepSession } from "./session.ts";
import { type SignIns, signIns } from "./sign_in.ts";
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
export type { Account, ConnectedAccounts, SignIns, Stop, Watches };

export type SallyportOptions = {
  /** The server's origin, like `https://auth.example.com`. */
  url: string;
  /** Where tokens are kept: in memory, unless another storage is given. */
  storage?: TokenStorage;
  /**
   * TOKENS, for applications anywhere; COOKIE for pages on the server's own site, or behind the same proxy: then the
   * browser keeps the session, and no script can read it.
   */
  transport?: "TOKENS" | "COOKIE";
  /** Origins besides the server's and the page's own whose requests by `fetch` carry the access token. */
  origins?: readonly string[];
  fetch?: (request: Request) => Promise<Response>;
  /** How it waits before it asks again for an answer that got lost. */
  sleep?: (ms: number) => Promise<void>;
};

/**
 * A client of one server, for one person. Every method throws `SallyportError` for what the server refuses,
 * `CannotReachServer`, or `RequestRefused` when the operation itself does not pass.
 */
export type Sallyport = SignIns & Account & ConnectedAccounts & Watches & {
  /** Whether there is a session, as far as this client knows; with COOKIE, as far as the server has said. */
  readonly signedIn: boolean;
  /** Calls `listener` when a session begins, takes the place of another, or ends, here or in another tab. */
  onSession(listener: (open: boolean) => void): Stop;
  /**
   * Any operation of the API, with the access token; when that is refused it is renewed once, and the operation
   * repeated.
   */
  request<Data>(query: string, variables?: unknown): Promise<Data>;
  /**
   * As the platform's `fetch`, with the access token; on 401 it is renewed once, and the call repeated once. Only
   * requests to the server, to the page's own origin and to `origins` carry it; any other goes out as it is, and so
   * does one that has an Authorization header.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /**
   * An access token for a service of your own, renewed if need be; undefined when nobody is signed in. Say which one
   * the service has refused, and it is renewed before its time.
   */
  accessToken(refused?: string): Promise<string | undefined>;
  /** Stops all that it follows, and lets go of other tabs; the session goes on. */
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
    ...account(caller, session),
    ...connectedAccounts(caller),
    ...watches({ caller, session, transport, closing: closing.signal }),
    get signedIn() {
      return session.id !== undefined;
    },
    onSession: session.onChange,
    request: caller.request,
    fetch: caller.fetch,
    accessToken: session.accessToken,
    close: () => {
      closing.abort();
      session.close();
    },
  };
}
