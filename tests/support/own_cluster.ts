import { openPostgres } from "../../src/platform/db/database.ts";
import { migrate } from "../../src/platform/db/migrate.ts";
import type { TestDatabase } from "./databases.ts";
import { type Cluster, startCluster } from "./postgres.ts";
import { administer, databaseUrl } from "./templates.ts";

/** A migrated database on a cluster that no other file uses: one that may be stopped. */
export type OwnDatabase = TestDatabase & { url: string; cluster: Cluster };

/** What was committed outlives a crash of Postgres, though not one of the machine. */
const SETTINGS = ["fsync=off", "max_connections=100"];

/** One cluster a file; its tests get a database each. */
let cluster: Promise<Cluster> | undefined;

Deno.test.afterAll(async () => {
  await (await cluster)?.[Symbol.asyncDispose]();
});

/** For what would disturb the tests of other files: a Postgres that stops, restarts, or is cut off. */
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
