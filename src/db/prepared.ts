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

/** `pool`, whose connections prepare what is asked again and again. Kysely itself leaves statements unnamed. */
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
  const query = async <R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> => {
    const name = names.of(text);
    const values = [...parameters];
    try {
      return await client.query({ text, values, ...(name && { name }) }) as unknown as PostgresQueryResult<R>;
    } catch (error) {
      if (!name || !isStale(error)) throw error;
      names.renew();
      return await client.query({ text, values }) as unknown as PostgresQueryResult<R>;
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
