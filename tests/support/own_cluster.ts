import { openPostgres } from "../../src/platform/db/database.ts";
import { migrate } from "../../src/platform/db/migrate.ts";
import type { TestDatabase } from "./databases.ts";
import { type Cluster, startCluster } from "./postgres.ts";
import { administer, databaseUrl } from "./templates.ts";

/** A migrated database on a cluster that no other test file uses, so that it may be stopped. */
export type OwnDatabase = TestDatabase & { url: string; cluster: Cluster };

/** Commits survive a crash of Postgres, but not of the machine. */
const SETTINGS = ["fsync=off", "max_connections=100"];

/** One cluster per file; each test gets a database. */
let cluster: Promise<Cluster> | undefined;

Deno.test.afterAll(async () => {
  await (await cluster)?.[Symbol.asyncDispose]();
});

/** Runs a test on its own cluster, because it stops, restarts or disconnects Postgres. */
export function onOwnCluster(name: string, test: (database: OwnDatabase) => Promise<void>): void {
  Deno.test(`${name} [own postgres]`, async () => {
    await using database = await newDatabase(await (cluster ??= startCluster(SETTINGS)));
    await test(database);
  });
}

async function newDatabase(cluster: Cluster): Promise<OwnDatabase> {
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  await administer(cluster.url, `create database ${name}`);
  const url = databaseUrl(cluster.url, name);
  const open: TestDatabase["open"] = (observe) =>
    Promise.resolve(openPostgres({ url, maxConnections: 10 }, observe));
  const database = await open();
  await migrate(database);
  await database.close();
  return {
    kind: "postgres",
    url,
    cluster,
    open,
    [Symbol.asyncDispose]: () => administer(cluster.url, `drop database ${name} with (force)`),
  };
}
