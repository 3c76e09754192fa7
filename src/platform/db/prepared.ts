import { getLogger } from "@logtape/logtape";
import type { Writable } from "node:stream";
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from "kysely";
import pg from "pg";
import { sha256 } from "../../lib/crypto.ts";
import type { ServerPool } from "./server_pool.ts";

const log = getLogger(["sallyport", "database"]);

/**
 * A statement is prepared after this many uses: then it is parsed and planned once per connection. (Measured: a
 * third more statements per second.)
 */
const OFTEN = 5;

/**
 * Maximum prepared and counted statements, so that ever-changing texts use limited memory here and on the
 * server.
 */
const MOST_PREPARED = 200;
const MOST_COUNTED = 2_000;

/** Longer statements are not prepared: they insert many rows and rarely repeat. */
const MOST_CHARACTERS = 8 * 1024;

/** SQLSTATE: a migration changed the schema of a prepared statement. */
const MIGRATED = "0A000";

/** SQLSTATEs: a pooler gave us a connection without our prepared statement, or with one of another client. */
const POOLED = ["26000", "42P05"];

/**
 * Wraps the pool: its connections prepare frequent statements (Kysely sends them unnamed), and send `begin`
 * together with the transaction's first statement. The clients must be in pipeline mode.
 */
export function preparingPool(servers: ServerPool): PostgresPool {
  const names = new StatementNames();
  const wrapped = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    options: servers.pool.options,
    // Kysely uses it to cancel a running query.
    Client: pg.Client as unknown as NonNullable<PostgresPool["Client"]>,
    connect: async () => {
      const client = await servers.connect();
      const preparing = wrapped.get(client) ??
        preparingClient(client, names, (error) => servers.failed(client, error));
      wrapped.set(client, preparing);
      return preparing;
    },
    end: () => servers.end(),
  };
}

/** The part of a connection that Kysely uses. We use no cursors. */
function preparingClient(
  client: pg.PoolClient,
  names: StatementNames,
  onError: (error: unknown) => void,
): PostgresPoolClient {
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
      onError(error);
      if (!name || !names.changedBy(error)) throw error;
      // The transaction is aborted. Only its caller can repeat its earlier statements.
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

/** Begins a transaction with this statement, in one packet. */
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

  /** Returns the name of the prepared statement, once the statement is frequent. */
  of(text: string): string | undefined {
    // Ending a transaction must not fail because of a missing prepared statement.
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
    // The name depends on the text. So behind a pooler a connection has either the same statement under this
    // name or none.
    const name = `sallyport_${this.#generation}_${sha256(text).toHex().slice(0, 32)}`;
    this.#names.set(text, name);
    return name;
  }

  /**
   * Whether the error concerns prepared statements, which are then prepared again under new names. Behind a
   * pooler that shares connections without tracking prepared statements (PgBouncer before 1.21), preparing
   * stops.
   */
  changedBy(error: unknown): boolean {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code !== MIGRATED && !POOLED.includes(code)) return false;
    if (POOLED.includes(code) && !this.#pooled) {
      this.#pooled = true;
      log.warn(
        "The connection pooler does not support prepared statements: continuing without them",
      );
    }
    this.#generation++;
    this.#names.clear();
    return true;
  }
}
