import assert from "node:assert/strict";
import { ask } from "../support/replicated.ts";
import { onOwnCluster } from "../support/own_cluster.ts";
import { newRootSecret, startServer, temporaryFolder } from "../support/server_process.ts";
import { pause } from "../support/eventually.ts";

/** By then the jobs that run at the start are over. */
const STARTED_MS = 20_000;

const MINUTE_MS = 60_000;

/** Transactions a minute that docs/operations.md promises, with room for hourly jobs and autovacuum. */
const MOST_TRANSACTIONS = 400;

/** Postgres counts a transaction when its connection is idle for a second. */
const COUNTED_MS = 2_000;

onOwnCluster("an idle server sends few statements", async (database) => {
  await using folder = await temporaryFolder();
  const env = { DATABASE_URL: database.url, SALLYPORT_SECRET: newRootSecret(), LOG_LEVEL: "warning" };
  await using _server = await startServer(folder.path, env);
  await pause(STARTED_MS);
  const before = await transactions(database.url);
  await pause(MINUTE_MS + COUNTED_MS);
  const count = await transactions(database.url) - before;
  console.log(`${count} transactions in a minute`);
  assert.ok(count < MOST_TRANSACTIONS, `${count}`);
});

/** Commits in this database so far, in which a statement alone counts as one. */
async function transactions(url: string): Promise<number> {
  const name = new URL(url).pathname.slice(1);
  return Number(
    await ask(url, `select xact_commit as found from pg_stat_database where datname = '${name}'`),
  );
}
