import pg from "pg";
import { openPostgres } from "../../src/platform/db/database.ts";
import { migrate } from "../../src/platform/db/migrate.ts";
import { eventually } from "./eventually.ts";
import { type Cluster, startCluster } from "./postgres.ts";
import { administer, databaseUrl } from "./templates.ts";

/** Commits survive a crash of Postgres, but not of the machine. */
const SETTINGS = ["fsync=off", "max_connections=100", "wal_level=replica", "max_wal_senders=5"];

/** A migrated database on a primary and its synchronous standby. */
export type ReplicatedDatabase = AsyncDisposable & {
  primary: Cluster;
  standby: Cluster;
  /** The URL with both servers. */
  url: string;
  /** The URL of one server. */
  urlOn(cluster: Cluster): string;
};

const NAME = "sallyport";

export async function startReplicated(): Promise<ReplicatedDatabase> {
  await using stack = new AsyncDisposableStack();
  const primary = stack.use(await startCluster(SETTINGS));
  await administer(primary.url, `create database ${NAME}`);
  const urlOn = (cluster: Cluster) => databaseUrl(cluster.url, NAME);
  const database = openPostgres({ url: urlOn(primary), maxConnections: 2 });
  await migrate(database);
  await database.close();
  const standby = stack.use(await startCluster(SETTINGS, primary));
  await administer(primary.url, "alter system set synchronous_standby_names = '*'");
  await administer(primary.url, "select pg_reload_conf()");
  await eventually(
    "replication is synchronous",
    async () => (await ask(primary.url, "select sync_state as found from pg_stat_replication")) === "sync",
  );
  const started = stack.move();
  const hosts = [primary, standby].map(({ port }) => `127.0.0.1:${port}`).join(",");
  return {
    primary,
    standby,
    url: `postgres://postgres@${hosts}/${NAME}?target_session_attrs=read-write`,
    urlOn,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Returns the column `found` of a query's first row. */
export async function ask(url: string, query: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<{ found: unknown }>(query)).rows[0]?.found;
  } finally {
    await client.end();
  }
}
