import { Kysely, PGliteDialect, PostgresDialect, sql } from "kysely";
import type { PGlite } from "@electric-sql/pglite";
import type { NodeFS } from "@electric-sql/pglite/nodefs";
import pg from "pg";
import type { ConstructorOptions as BossOptions } from "pg-boss";
import { fromPglite } from "pg-boss";
import { type DatabaseObserver, observedDialect } from "./observed_dialect.ts";
import { type Listening, listenOnPostgres } from "./listen.ts";
import { preparingPool } from "./prepared.ts";
import { CONNECT_MS, ServerPool } from "./server_pool.ts";
import { requireReadWrite, Servers } from "./servers.ts";
import { prepareSession, SET_SESSION } from "./session_settings.ts";
import type { Tables } from "./tables.ts";

/** An open database: Postgres or the embedded PGlite. The same queries run on both. */
export type Database = {
  readonly kind: "pglite" | "postgres";
  readonly db: Kysely<Tables>;
  /** pg-boss's options for the same database. */
  readonly boss: BossOptions;
  /**
   * Calls `onHint` when another instance has written events. Hints can be lost. Undefined for the embedded
   * database, which has one process.
   */
  listen?(onHint: () => void): Promise<Listening>;
  /** "pglite" or "postgres 15.18". */
  version(): Promise<string>;
  close(): Promise<void>;
};

/** Wraps an open PGlite as a `Database` that closes it. */
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

/**
 * Opens the embedded database in `folder`, or in memory without one. Creates the folder if missing, readable by
 * its owner only.
 */
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

/** Opens Postgres 14 or later. It connects at the first query. */
export function openPostgres(options: PostgresOptions, observe: DatabaseObserver = () => {}): Database {
  const kept = { keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_MS };
  const client = { ...kept, application_name: "sallyport", types: TYPES };
  const jobs = { ...kept, application_name: "sallyport-jobs" };
  const servers = new Servers(options.url, async (url) => {
    const probe = new pg.Client({ ...client, connectionString: url, connectionTimeoutMillis: CONNECT_MS });
    probe.on("error", () => {});
    try {
      await probe.connect();
      await check(probe);
    } finally {
      void probe.end().catch(() => {});
    }
  });
  const check = (connection: pg.ClientBase) =>
    servers.readWrite ? requireReadWrite(connection) : Promise.resolve();
  const onConnect = async (connection: pg.ClientBase) => {
    await prepareSession(connection);
    await check(connection);
  };
  const pool = new ServerPool(servers, {
    ...client,
    onConnect,
    pipeline: true,
    max: options.maxConnections,
  });
  const db = new Kysely<Tables>({
    dialect: observedDialect(new PostgresDialect({ pool: preparingPool(pool) }), observe),
  });
  const jobPool = new ServerPool(servers, { ...jobs, onConnect, max: 4 });
  return {
    kind: "postgres",
    db,
    boss: { db: { executeSql: (text, values) => jobPool.query(text, values) } },
    listen: (onHint) => listenOnPostgres(servers, client, db, onHint),
    version: async () => {
      const { rows } = await sql<{ server_version: string }>`show server_version`.execute(db);
      return `postgres ${rows[0]?.server_version.split(" ")[0] ?? "?"}`;
    },
    close: async () => {
      await db.destroy();
      await Promise.all([pool.end(), jobPool.end()]);
    },
  };
}

/** Detects a silently lost connection after this time; the system's default is two hours. */
const KEEP_ALIVE_MS = 10_000;

const INT8 = 20;

/** Parses `bigint` as a number: positions and counts stay far below 2^53. */
const TYPES = {
  getTypeParser:
    ((oid: number, format?: "text" | "binary") =>
      oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};
