import { PGlite } from "@electric-sql/pglite";
import { type Database, openPostgres, pgliteDatabase } from "../../src/platform/db/database.ts";
import { migrate } from "../../src/platform/db/migrate.ts";
import type { DatabaseObserver } from "../../src/platform/db/observed_dialect.ts";
import { createHostile } from "./hostile_database.ts";
import { closeSpare, EMPTY, openSpare, postgresDatabase } from "./postgres_databases.ts";
import { administer, databaseUrl, makeTemplates, type Templates } from "./templates.ts";

/** A migrated, empty database for one test, deleted on disposal. */
export type TestDatabase = AsyncDisposable & {
  kind: Database["kind"];
  /** Opens it; on Postgres any number of times, for several instances. The caller closes it. */
  open(observe?: DatabaseObserver): Promise<Database>;
  /** The URL for other processes; undefined if embedded. */
  url: string | undefined;
};

/**
 * Selects the tests to run. "fast" runs each test once, and tests for both databases on the embedded one. "postgres"
 * runs only the latter, on Postgres. Without a value, as for a named file, every test runs.
 */
const PART = Deno.env.get("SALLYPORT_TEST_PART");

/** Runs the test on the embedded database and on Postgres. */
export function onEachDatabase(name: string, test: (database: TestDatabase) => Promise<void>): void {
  if (PART !== "postgres") pgliteTest(name, test);
  if (PART !== "fast") postgresTest(name, test);
}

/** Runs the test on Postgres only, because it needs several connections or instances. */
export function onPostgres(name: string, test: (database: TestDatabase) => Promise<void>): void {
  if (PART !== "postgres") postgresTest(name, test);
}

/** Runs the test only on the embedded database: it tests code above the database, or the embedded one itself. */
export function onPglite(name: string, test: (database: TestDatabase) => Promise<void>): void {
  if (PART !== "postgres") pgliteTest(name, test);
}

/** Whether a test of this process uses Postgres. */
let usesPostgres = false;

function postgresTest(name: string, test: (database: TestDatabase) => Promise<void>): void {
  usesPostgres = true;
  Deno.test(`${name} [postgres]`, async () => {
    await using database = await newPostgres();
    await test(database);
  });
}

/** Tests on the embedded database that are not registered yet. See `registerEmbedded`. */
const embedded: (() => void)[] = [];

/**
 * PGlite's own timers outlive a query, and Deno's sanitizers would attribute them to a test. So these tests run without
 * sanitizers, after all other tests of the process. A file registers them once it is read, and an entry of several
 * files with `registerEmbedded`. Leaks of a test are found on Postgres.
 */
function pgliteTest(name: string, test: (database: TestDatabase) => Promise<void>): void {
  embedded.push(() =>
    Deno.test({
      name: `${name} [pglite]`,
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => {
        await using database = await newPglite();
        await test(database);
      },
    })
  );
  if (PART === undefined) queueMicrotask(registerEmbedded);
}

export function registerEmbedded(): void {
  for (const register of embedded.splice(0)) register();
}

/** The templates: from the runner, or created for this process if a file runs without the runner. */
let own: Promise<Templates> | undefined;

async function templates(): Promise<Templates["env"]> {
  const postgres = Deno.env.get("SALLYPORT_TEST_POSTGRES");
  const pglite = Deno.env.get("SALLYPORT_TEST_PGLITE");
  if (postgres && pglite) return { SALLYPORT_TEST_POSTGRES: postgres, SALLYPORT_TEST_PGLITE: pglite };
  own ??= makeTemplates();
  return (await own).env;
}

Deno.test.beforeAll(async () => {
  if (usesPostgres) await openSpare((await templates()).SALLYPORT_TEST_POSTGRES);
});
Deno.test.afterAll(endDatabases);

/** Closes the databases created for this process; for programs other than tests. */
export async function endDatabases(): Promise<void> {
  await closeSpare();
  await (await own)?.[Symbol.asyncDispose]();
  const pglite = await shared;
  if (pglite && !pglite.closed) await pglite.close();
}

export async function newPostgres(): Promise<TestDatabase & { url: string }> {
  const { SALLYPORT_TEST_POSTGRES: cluster } = await templates();
  const database = await postgresDatabase(cluster);
  return {
    ...database,
    kind: "postgres",
    open: (observe) => Promise.resolve(openPostgres({ url: database.url, maxConnections: 10 }, observe)),
  };
}

/** Like `newPostgres`, for this language and with every hostile setting that a database can have. */
export async function newHostile(locale: string): Promise<TestDatabase & { url: string }> {
  const { SALLYPORT_TEST_POSTGRES: cluster } = await templates();
  const name = `hostile_${crypto.randomUUID().replaceAll("-", "")}`;
  await createHostile(cluster, name, locale);
  const url = databaseUrl(cluster, name);
  const database = openPostgres({ url, maxConnections: 2 });
  await migrate(database);
  await database.close();
  return {
    kind: "postgres",
    url,
    open: (observe) => Promise.resolve(openPostgres({ url, maxConnections: 10 }, observe)),
    [Symbol.asyncDispose]: () => administer(cluster, `drop database ${name} with (force)`),
  };
}

/** Loading a database takes half a second, so the tests of a file share one, and each empties it first. */
let shared: Promise<PGlite> | undefined;

async function loadPglite(): Promise<PGlite> {
  return await PGlite.create({ loadDataDir: new Blob([await Deno.readFile(await pgliteTemplate())]) });
}

/** A tar archive of an embedded database's folder, migrated and empty. */
export async function pgliteTemplate(): Promise<string> {
  return (await templates()).SALLYPORT_TEST_PGLITE;
}

export async function newPglite(): Promise<TestDatabase> {
  const pglite = await (shared ??= loadPglite());
  await pglite.exec(EMPTY);
  return {
    kind: "pglite",
    url: undefined,
    // The tests share the instance, so closing the database leaves it open.
    open: (observe) =>
      Promise.resolve({ ...pgliteDatabase(pglite, observe), close: () => Promise.resolve() }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
