import { Kysely, PGliteDialect, PostgresDialect, sql } from "kysely";
import type { PGlite } from "@electric-sql/pglite";
import type { NodeFS } from "@electric-sql/pglite/nodefs";
import pg from "pg";
import type { ConstructorOptions as BossOptions } from "pg-boss";
import { fromPglite } from "pg-boss";
import { type DatabaseObserver, observedDialect } from "./observed_dialect.ts";
import { listenOnPostgres } from "./listen.ts";
import { preparingPool } from "./prepared.ts";
import { prepareSession, SET_SESSION } from "./session_settings.ts";
import type { Tables } from "./tables.ts";

/** An open database, embedded or not; the same queries run on both. */
export type Database = {
  readonly kind: "pglite" | "postgres";
  readonly db: Kysely<Tables>;
  /** How pg-boss reaches the same database. */
  readonly boss: BossOptions;
  /**
   * Calls `onHint` when another instance hinted; at most a hint, one may be lost. Undefined where there is one
   * process.
   */
  listen?(onHint: () => void): { close(): Promise<void> };
  /** "pglite" or "postgres 15.18". */
  version(): Promise<string>;
  close(): Promise<void>;
};

/** An open PGlite as a `Database`, which closes it. */
export function pgliteDatabase(pglite: PGlite, observe: DatabaseObserver = () => {}): Database {
  const db = new Kysely<Tables>({ dialect: observedDialect(new PGliteDialect({ pglite }), observe) });
  return {
    kind: "pglite",
    db,
    boss: { db: fromPglite(pglite), backend: "pglite" },
    version: () => Promise.resolve("pglite"),
    close: async () => {
      await db.destroy();
      if (!pglite.closed) await pglite.close();
    },
  };
}

/** Opens the embedded database in `folder` (created when missing, for its owner alone), or in memory without one. */
export async function openPglite(folder: string | undefined, observe?: DatabaseObserver): Promise<Database> {
  const { PGlite } = await import("@electric-sql/pglite");
  const pglite = await PGlite.create(folder ? { fs: await privateFolder(folder) } : {});
  await pglite.query(SET_SESSION);
  return pgliteDatabase(pglite, observe);
}

async function privateFolder(folder: string): Promise<NodeFS> {
  const { closeToOthers, PrivateFolder } = await import("./private_files.ts");
  await closeToOthers(folder);
  return new PrivateFolder(folder);
}

export type PostgresOptions = { url: string; maxConnections: number };

/** Opens Postgres 14 or later. No connection is made before the first query. */
export function openPostgres(options: PostgresOptions, observe: DatabaseObserver = () => {}): Database {
  const client = {
    connectionString: options.url,
    application_name: "sallyport",
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    types: TYPES,
  };
  const prepared = { onConnect: prepareSession };
  const pool = new pg.Pool({
    ...client,
    ...prepared,
    pipeline: true,
    max: options.maxConnections,
    connectionTimeoutMillis: 5_000,
  });
  // An idle connection that dies is replaced at the next query; without a listener it would end the process.
  pool.on("error", () => {});
  // Nor may one end it that dies between two statements of a transaction; the next statement fails then.
  pool.on("connect", (client) => client.on("error", () => {}));
  const db = new Kysely<Tables>({
    dialect: observedDialect(new PostgresDialect({ pool: preparingPool(pool) }), observe),
  });
  return {
    kind: "postgres",
    db,
    boss: {
      ...prepared,
      connectionString: options.url,
      application_name: "sallyport-jobs",
      max: 4,
      useListenNotify: true,
    },
    listen: (onHint) => listenOnPostgres(client, onHint),
    version: async () => {
      const { rows } = await sql<{ server_version: string }>`show server_version`.execute(db);
      return `postgres ${rows[0]?.server_version.split(" ")[0] ?? "?"}`;
    },
    close: async () => {
      await db.destroy();
      if (!pool.ended) await pool.end();
    },
  };
}

/** A connection that died silently is noticed by then, not after the system's two hours. */
const KEEP_ALIVE_MS = 10_000;

const INT8 = 20;

/** `bigint` as number: positions and counts here stay far below 2^53. */
const TYPES = {
  getTypeParser:
    ((oid: number, format?: "text" | "binary") =>
      oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};
