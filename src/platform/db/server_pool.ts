import pg from "pg";
import type { Server, Servers } from "./servers.ts";

/** Time to connect to one server. */
export const CONNECT_MS = 5_000;

/** A pool of `pg` whose connections follow the server in use. */
export class ServerPool {
  readonly pool: pg.Pool;
  readonly #servers: Servers;
  readonly #serverOf = new WeakMap<pg.ClientBase, Server>();

  constructor(servers: Servers, options: pg.PoolConfig) {
    const serverOf = this.#serverOf;
    class ServerClient extends pg.Client {
      constructor(config?: pg.ClientConfig) {
        const server = servers.current;
        super({ ...config, connectionString: server.url });
        serverOf.set(this, server);
      }
    }
    this.#servers = servers;
    this.pool = new pg.Pool({ ...options, Client: ServerClient, connectionTimeoutMillis: CONNECT_MS });
    // Without a listener a lost idle connection would end the process. The pool replaces it at the next query.
    this.pool.on("error", (error, client) => this.failed(client, error));
    // The same for a connection lost between two statements of a transaction; the next statement fails.
    this.pool.on("connect", (client) => client.on("error", () => {}));
  }

  /**
   * Returns a connection to the server in use. Connections made before a loss are closed. If the server cannot be
   * reached and there are others, looks for another one once.
   */
  async connect(): Promise<pg.PoolClient> {
    for (let isFirst = true;;) {
      const server = await this.#servers.find();
      try {
        const client = await this.pool.connect();
        if (this.#serverOf.get(client) === this.#servers.current) return client;
        client.release(true);
      } catch (error) {
        this.#servers.failed(server, error);
        if (server === this.#servers.current || !this.#servers.several || !isFirst) throw error;
        isFirst = false;
      }
    }
  }

  /** Records a failed statement. */
  failed(client: pg.ClientBase, error: unknown): void {
    this.#servers.failed(this.#serverOf.get(client), error);
  }

  /** Runs one statement, or several without values. */
  async query(text: string, values?: unknown[]): Promise<pg.QueryResult> {
    const client = await this.connect();
    try {
      const result = await client.query(text, values);
      client.release();
      return result;
    } catch (error) {
      this.failed(client, error);
      client.release(error instanceof Error);
      throw error;
    }
  }

  async end(): Promise<void> {
    if (!this.pool.ended) await this.pool.end();
  }
}
