import { type Client, createClient } from "../src/client/client.ts";
import { type Connection, watchConnection } from "./connection.ts";
import type { ServerGreeting } from "./documents/server.ts";
import type { Role } from "./keys.ts";
import type { Store } from "./store.ts";
import { type Tail, tailEvents } from "./tail.ts";

/** What screens may ask for. */
export type Api = Disposable & {
  client: Client;
  tail: Tail;
  connection: Store<Connection>;
  /** Who answers, as told when the terminal began. */
  server: ServerGreeting["server"];
  operator: { name: string; role: Role };
  /** `--read-only`: nothing can be changed or revealed. */
  readOnly: boolean;
  desktop: Desktop;
  now: () => number;
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
  greeting: ServerGreeting;
  readOnly: boolean;
  desktop: Desktop;
  now?: () => number;
};

/** Begins to follow the event log. Disposed, everything that it opened is closed. */
export function connectApi(options: ApiOptions): Api {
  const { url, token, greeting, readOnly, desktop, now = Date.now } = options;
  const leaving = new AbortController();
  const connection = watchConnection();
  const { fetch } = options;
  const client = createClient({ url, token, fetch });
  const tailing = createClient({ url, token, fetch, onStream: connection.live });
  return {
    client,
    tail: tailEvents(tailing, connection, leaving.signal),
    connection: connection.store,
    server: greeting.server,
    operator: greeting.operator ?? { name: "", role: "READ" },
    readOnly,
    desktop,
    now,
    [Symbol.dispose]() {
      leaving.abort();
      connection.close();
    },
  };
}

const ROLES: readonly Role[] = ["READ", "OPERATE", "REVEAL"];

/** Whether an operator with the role `has` may do what needs `needed`. */
export function includesRole(has: Role, needed: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needed);
}
