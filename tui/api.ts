import { type Client, createClient } from "../src/client/operator/client.ts";
import type { Wait } from "../src/client/operator/google_return.ts";
import { type Connection, watchConnection } from "./connection.ts";
import type { ServerGreeting } from "./documents/server.ts";
import { fetchWithTimeout } from "./fetch_with_timeout.ts";
import type { Role } from "./keys.ts";
import { Store } from "./store.ts";
import { type Tail, tailEvents } from "./tail.ts";

/** What screens may ask for. */
export type Api = Disposable & {
  client: Client;
  tail: Tail;
  connection: Store<Connection>;
  /** Who answers, and what this token allows; undefined until the server has said so. */
  greeting: Store<ServerGreeting | undefined>;
  /** `--read-only`: nothing can be changed or revealed. */
  readOnly: boolean;
  desktop: Desktop;
  now: () => number;
  /** How long things are waited for; by the machine's time when left out. */
  wait: Wait | undefined;
  /** Aborted when the terminal is left. */
  leaving: AbortSignal;
};

/** What the machine does for the terminal, besides drawing. */
export type Desktop = {
  /** Shows a page in a browser; false when there is none. */
  open: (url: string) => Promise<boolean>;
  /** Puts text into the clipboard of whoever looks at the terminal. */
  copy: (text: string) => void;
  /** Writes a file that only its owner can read, and says where it lies. */
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
  /** When what is shown is called stale, after the connection was lost. */
  staleMs?: number;
};

/**
 * Begins to follow the event log, without waiting for the greeting. That this one fails is for the caller to say.
 * Disposed, everything that it opened is closed.
 */
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

/** What the operator's token allows; undefined until the server has said so. */
export function roleOf(greeting: ServerGreeting | undefined): Role | undefined {
  return greeting && (greeting.operator?.role ?? "READ");
}
