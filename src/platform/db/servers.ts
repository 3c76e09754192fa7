import type pg from "pg";
import { codeOf, isLostConnection, READ_ONLY } from "./lost_connection.ts";
import { parseServerUrls } from "./server_urls.ts";

/** The server in use. It is another object after each loss, even if the same server is found again. */
export type Server = { readonly url: string };

/** Connects to the URL and closes the connection. Throws if the server cannot be used. */
export type Probe = (url: string) => Promise<void>;

/**
 * The servers of the database URL, and the one in use. With several, `find` tries them in turn, once for all
 * callers that wait. After a loss, connections made before it are not used again.
 */
export class Servers {
  readonly #urls: readonly string[];
  readonly #readWrite: boolean;
  readonly #probe: Probe;
  readonly #onLoss = new Set<() => void>();
  #current: Server;
  #found: Promise<Server> | undefined;

  constructor(url: string, probe: Probe) {
    const { urls, readWrite } = parseServerUrls(url);
    [this.#urls, this.#readWrite] = [urls, readWrite];
    this.#probe = probe;
    this.#current = { url: urls[0] ?? url };
  }

  /** The server of new connections, as last found. */
  get current(): Server {
    return this.#current;
  }

  /** Whether connections to a read-only server are refused. */
  get readWrite(): boolean {
    return this.#readWrite;
  }

  /** Whether another server can replace a lost one. */
  get several(): boolean {
    return this.#urls.length > 1;
  }

  /** Returns the server in use, and looks for one after a loss. Throws the last server's error if none is usable. */
  find(): Promise<Server> {
    return this.#found ??= this.#search().catch((error) => {
      this.#found = undefined;
      throw error;
    });
  }

  async #search(): Promise<Server> {
    if (!this.several) return this.#current;
    let failure: unknown;
    for (const url of this.#urls) {
      try {
        await this.#probe(url);
        return this.#current = { url };
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** Records an error of a connection to `server`. If the connection was lost, the server is looked for again. */
  failed(server: Server | undefined, error: unknown): void {
    const isReadOnly = this.#readWrite && error instanceof Error && codeOf(error) === READ_ONLY;
    if (server !== this.#current || !(isReadOnly || isLostConnection(error))) return;
    this.#current = { url: server.url };
    this.#found = undefined;
    for (const listener of this.#onLoss) listener();
  }

  /** Calls `listener` after each loss, until the returned function is called. */
  onLoss(listener: () => void): () => void {
    this.#onLoss.add(listener);
    return () => this.#onLoss.delete(listener);
  }
}

/** The server is a standby, or its sessions are read-only by default. */
class ReadOnlyServer extends Error {
  readonly code = READ_ONLY;
}

/** Throws `ReadOnlyServer` unless the server accepts writes, as libpq does for `read-write`. */
export async function requireReadWrite(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ transaction_read_only: string }>("show transaction_read_only");
  if (rows[0]?.transaction_read_only === "on") throw new ReadOnlyServer("This server is read-only");
}
