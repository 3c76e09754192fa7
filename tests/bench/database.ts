import { openPostgres } from "../../src/platform/db/database.ts";
import { migrate } from "../../src/platform/db/migrate.ts";
import { type Cluster, startCluster } from "../support/postgres.ts";
import { administer, databaseUrl } from "../support/templates.ts";

/** Postgres as it comes, so that a commit waits for the disk; only the connections are more. */
const SETTINGS = ["max_connections=200"];

/** A migrated database in a cluster of its own, both gone when disposed. */
export async function startDatabase(stack: AsyncDisposableStack): Promise<string> {
  return (await startDatabases(stack, [])).ours;
}

/** The same, and empty databases of these names beside it in the cluster; their URLs. */
export async function startDatabases<N extends string>(
  stack: AsyncDisposableStack,
  empty: readonly N[],
): Promise<Record<N | "ours", string>> {
  return await makeDatabases(stack.use(await startCluster(SETTINGS)), empty);
}

/** A migrated database and the cluster that it is alone in, which may be stopped. */
export async function startOwnCluster(
  stack: AsyncDisposableStack,
): Promise<{ cluster: Cluster; url: string }> {
  const cluster = stack.use(await startCluster(SETTINGS));
  return { cluster, url: (await makeDatabases(cluster, [])).ours };
}

async function makeDatabases<N extends string>(
  cluster: Cluster,
  empty: readonly N[],
): Promise<Record<N | "ours", string>> {
  const names = ["ours", ...empty] as const;
  for (const name of names) await administer(cluster.url, `create database ${name}`);
  const urls = Object.fromEntries(names.map((name) => [name, databaseUrl(cluster.url, name)]));
  const database = openPostgres({ url: databaseUrl(cluster.url, "ours"), maxConnections: 2 });
  await migrate(database);
  await database.close();
  return urls as Record<N | "ours", string>;
}

/** The environment of a server under test on this database. */
export function serverEnv(databaseUrl: string, more: Record<string, string> = {}): Record<string, string> {
  return { DATABASE_URL: databaseUrl, SALLYPORT_SECRET: "5a".repeat(32), ...more };
}
