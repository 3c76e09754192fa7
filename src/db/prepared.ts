import type { Writable } from "node:stream";
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from "kysely";
import pg from "pg";
import { sha256 } from "../crypto.ts";

/** Statements seen so often are prepared: parsed and planned once a connection. (Measured: a third more a second.) */
const OFTEN = 5;

/** Prepared at most, so that texts that vary without end cost neither us nor the server memory. */
const MOST_PREPARED = 200;
const MOST_COUNTED = 2_000;

/**
 * SQLSTATEs: the schema was migrated under a prepared statement; a pooler handed us a connection on which it was not
 * prepared, or by somebody else.
 */
const STALE = ["0A000", "26000", "42P05"];

/**
 * `pool`, whose connections prepare what is asked again and again (Kysely itself leaves statements unnamed), and send
 * `begin` along with the first statement of the transaction. Its clients are in pipeline mode.
 */
export function preparingPool(pool: pg.Pool): PostgresPool {
  const names = new StatementNames();
  const wrapped = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    options: pool.options,
    // What Kysely cancels a running query with.
    Client: pg.Client as unknown as NonNullable<PostgresPool["Client"]>,
    connect: async () => {
      const client = await pool.connect();
      const preparing = wrapped.get(client) ?? preparingClient(client, names);
      wrapped.set(client, preparing);
      return preparing;
    },
    end: () => pool.end(),
  };
}

/** What Kysely asks of a connection; nothing here reads with cursors. */
function preparingClient(client: pg.PoolClient, names: StatementNames): PostgresPoolClient {
  let beginning = false;
  let begun = false;
  const query = async <R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> => {
    if (text === "begin") {
      beginning = true;
      return { command: "SELECT", rowCount: 0, rows: [] };
    }
    const ask = beginning ? beginWith : askAlone;
    const further = begun && !beginning;
    begun = (begun || beginning) && text !== "commit" && text !== "rollback";
    beginning = false;
    const name = names.of(text);
    const values = [...parameters];
    try {
      return await ask(client, { text, values, ...(name && { name }) }) as unknown as PostgresQueryResult<R>;
    } catch (error) {
      if (!name || !isStale(error)) throw error;
      names.renew();
      // What went before in the transaction is gone with it; only its caller can do that again.
      if (further) throw error;
      if (ask === beginWith) await client.query("rollback");
      return await ask(client, { text, values }) as unknown as PostgresQueryResult<R>;
    }
  };
  return {
    query: query as PostgresPoolClient["query"],
    release: (destroy) => client.release(destroy),
    get processID() {
      return (client as { processID?: number }).processID ?? 0;
    },
  };
}

function askAlone(client: pg.PoolClient, query: pg.QueryConfig): Promise<pg.QueryResult> {
  return client.query(query);
}

/** Begins a transaction with this statement: both go out in one packet. */
async function beginWith(client: pg.PoolClient, query: pg.QueryConfig): Promise<pg.QueryResult> {
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection;
  stream.cork();
  const begun = client.query("begin");
  const asked = client.query(query);
  stream.uncork();
  const [, result] = await Promise.all([begun, asked]);
  return result;
}

function isStale(error: unknown): boolean {
  return error instanceof Error && "code" in error && STALE.includes(String(error.code));
}

class StatementNames {
  readonly #names = new Map<string, string>();
  readonly #seen = new Map<string, number>();
  #generation = 0;

  /** The name to prepare this statement under, once it has come often enough. */
  of(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    if (this.#names.size >= MOST_PREPARED) return undefined;
    const seen = (this.#seen.get(text) ?? 0) + 1;
    if (this.#seen.size >= MOST_COUNTED) this.#seen.clear();
    this.#seen.set(text, seen);
    if (seen < OFTEN) return undefined;
    this.#seen.delete(text);
    // By its text: behind a pooler, connections that others prepared on have the same statement under it or none.
    const name = `sallyport_${this.#generation}_${sha256(text).toHex().slice(0, 32)}`;
    this.#names.set(text, name);
    return name;
  }

  /** Begins anew: what was prepared before is not used again. */
  renew(): void {
    this.#generation++;
    this.#names.clear();
  }
}
