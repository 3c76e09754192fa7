import { openPostgres } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { startCluster } from "../support/postgres.ts";
import { administer, databaseUrl } from "../support/templates.ts";

/** Postgres as it comes, so that a commit waits for the disk; only the connections are more. */
const SETTINGS = ["max_connections=200"];

/** A migrated database in a cluster of its own, both gone when disposed. */
export async function startDatabase(stack: AsyncDisposableStack): Promise<string> {
  const cluster = stack.use(await startCluster(SETTINGS));
  await administer(cluster.url, "create database bench");
  const url = databaseUrl(cluster.url, "bench");
  const database = openPostgres({ url, maxConnections: 2 });
  await migrate(database);
  await database.close();
  return url;
}

/** The environment of a server under test on this database. */
export function serverEnv(databaseUrl: string, more: Record<string, string> = {}): Record<string, string> {
  return { DATABASE_URL: databaseUrl, SALLYPORT_SECRET: "5a".repeat(32), ...more };
}
