import { getLogger } from "@logtape/logtape";
import type { Writable } from "node:stream";
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from "kysely";
import pg from "pg";
import { sha256 } from "../../lib/crypto.ts";

const log = getLogger(["sallyport", "database"]);

/** Statements seen so often are prepared: parsed and planned once a connection. (Measured: a third more a second.) */
const OFTEN = 5;

/** Prepared at most, so that texts that vary without end cost neither us nor the server memory. */
const MOST_PREPARED = 200;
const MOST_COUNTED = 2_000;

/** Longer ones are neither counted nor prepared: what is written for a thousand rows is not what comes often. */
const MOST_CHARACTERS = 8 * 1024;

/** SQLSTATE: the schema was migrated under a prepared statement. */
const MIGRATED = "0A000";

/** SQLSTATEs: a pooler handed us a connection on which a statement was not prepared, or by somebody else. */
const POOLED = ["26000", "42P05"];

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
      if (!name || !names.changedBy(error)) throw error;
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

class StatementNames {
  readonly #names = new Map<string, string>();
  readonly #seen = new Map<string, number>();
  #generation = 0;
  #pooled = false;

  /** The name to prepare this statement under, once it has come often enough. */
  of(text: string): string | undefined {
    // What ends a transaction must not fail for want of a name.
    if (this.#pooled || text === "commit" || text === "rollback") return undefined;
    if (text.length > MOST_CHARACTERS) return undefined;
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

  /**
   * Whether the error is about what was prepared before, which is not used again then. Behind a pooler that shares
   * connections and does not know statements by name (PgBouncer before 1.21), nothing is prepared from then on.
   */
  changedBy(error: unknown): boolean {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code !== MIGRATED && !POOLED.includes(code)) return false;
    if (POOLED.includes(code) && !this.#pooled) {
      this.#pooled = true;
      log.warn(
        "A pooler stands before Postgres that does not keep prepared statements: going on without them",
      );
    }
    this.#generation++;
    this.#names.clear();
    return true;
  }
}
