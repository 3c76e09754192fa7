import { type Client, createClient } from "../src/client/operator/client.ts";
import type { Wait } from "../src/client/operator/google_return.ts";
import { watchChecks, type WatchedChecks } from "./checks.ts";
import { type Connection, watchConnection } from "./connection.ts";
import type { ServerGreeting } from "./documents/server.ts";
import { fetchWithTimeout } from "./fetch_with_timeout.ts";
import type { Role } from "./keys.ts";
import { Store } from "./store.ts";
import { createUserNames, type UserNames } from "./user_names.ts";
import { type Tail, tailEvents } from "./tail.ts";

/** The server connection and the machine services that screens use. Disposing it closes the connection. */
export type Api = Disposable & {
  client: Client;
  tail: Tail;
  connection: Store<Connection>;
  /** The server's health checks, updated live. */
  checks: Store<WatchedChecks>;
  names: UserNames;
  /** The server's version and the token's role; undefined until the server has answered. */
  greeting: Store<ServerGreeting | undefined>;
  /** `--read-only`: removes the keys that change or reveal something. */
  readOnly: boolean;
  desktop: Desktop;
  now: () => number;
  /** Replaces the real timer in tests. */
  wait: Wait | undefined;
  /** Aborted when the terminal closes. */
  leaving: AbortSignal;
};

/** Browser, clipboard and files of this machine. */
export type Desktop = {
  /** Opens a page in a browser; returns false if there is none. */
  open: (url: string) => Promise<boolean>;
  /** Copies text to the clipboard of the terminal emulator. */
  copy: (text: string) => void;
  /** Writes a file that only its owner can read, and returns its path. */
  save: (name: string, text: string) => Promise<string>;
};

export type ApiOptions = {
  url: string;
  token: string;
  fetch: (request: Request) => Promise<Response>;
  greeting: Promise<ServerGreeting>;
  readOnly: boolean;
  desktop: Desktop;
  now?: () => number;
  wait?: Wait;
  /** After how long a lost connection is shown as stale. */
  staleMs?: number;
};

/** Starts to follow the event log, without waiting for the greeting. The caller handles a failed greeting. */
export function connectApi(options: ApiOptions): Api {
  const { url, token, readOnly, desktop, now = Date.now, wait } = options;
  const leaving = new AbortController();
  const greeting = new Store<ServerGreeting | undefined>(undefined);
  options.greeting.then((greeted) => greeting.set(greeted), () => {});
  const connection = watchConnection(options.staleMs);
  const fetch = fetchWithTimeout(options.fetch);
  const client = createClient({ url, token, fetch });
  const tailing = createClient({ url, token, fetch, onStream: connection.live });
  return {
    client,
    tail: tailEvents(tailing, connection, leaving.signal),
    connection: connection.store,
    checks: watchChecks(client, now, leaving.signal),
    names: createUserNames(client, leaving.signal),
    greeting,
    readOnly,
    desktop,
    now,
    wait,
    leaving: leaving.signal,
    [Symbol.dispose]() {
      leaving.abort();
      connection.close();
    },
  };
}

/** The role of the operator's token; undefined until the server has answered. */
export function roleOf(greeting: ServerGreeting | undefined): Role | undefined {
  return greeting && (greeting.operator?.role ?? "READ");
}
