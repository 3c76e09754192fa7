import { PGlite } from "@electric-sql/pglite";
import { type Database, openPostgres, pgliteDatabase } from "../../src/platform/db/database.ts";
import { migrate } from "../../src/platform/db/migrate.ts";
import type { DatabaseObserver } from "../../src/platform/db/observed_dialect.ts";
import { createHostile } from "./hostile_database.ts";
import { closeSpare, EMPTY, openSpare, postgresDatabase } from "./postgres_databases.ts";
import { administer, databaseUrl, makeTemplates, type Templates } from "./templates.ts";

/** A migrated, empty database for one test, gone when disposed. */
export type TestDatabase = AsyncDisposable & {
  kind: Database["kind"];
  /** Opens it; on Postgres any number of times, for several instances. Whoever opens closes. */
  open(observe?: DatabaseObserver): Promise<Database>;
  /** For processes of their own; undefined when embedded. */
  url: string | undefined;
};

/**
 * The part of the tests that runs. "fast" takes each test once: those of both databases on the embedded one. "postgres"
 * takes these on Postgres, and no other. Without it, as when a file is named, everything runs.
 */
const PART = Deno.env.get("SALLYPORT_TEST_PART");

/** Runs the test on the embedded database and on Postgres. */
export function onEachDatabase(name: string, test: (database: TestDatabase) => Promise<void>): void {
  if (PART !== "postgres") pgliteTest(name, test);
  if (PART !== "fast") postgresTest(name, test);
}

/** For what only many connections or several instances can show. */
export function onPostgres(name: string, test: (database: TestDatabase) => Promise<void>): void {
  if (PART !== "postgres") postgresTest(name, test);
}

/** For what is above the database, or about the embedded one. */
export function onPglite(name: string, test: (database: TestDatabase) => Promise<void>): void {
  if (PART !== "postgres") pgliteTest(name, test);
}

/** Whether a test of this process does. */
let usesPostgres = false;

function postgresTest(name: string, test: (database: TestDatabase) => Promise<void>): void {
  usesPostgres = true;
  Deno.test(`${name} [postgres]`, async () => {
    await using database = await newPostgres();
    await test(database);
  });
}

/** Tests on the embedded database that are not registered yet. */
const embedded: (() => void)[] = [];

/**
 * PGlite's own timers outlive a query, and the sanitizers take them for the test's. So these tests run without them,
 * and after all others of the process, which they would be counted against as well: a file registers them when it was
 * read, an entry of several files by `registerEmbedded`. What a test leaves open shows on Postgres.
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

/** Where the templates are: told by the runner, or made for this file alone when it is run by itself. */
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

/** Ends what was made for this process alone; for programs that are no tests. */
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

/** As `newPostgres`, for this language, and with everything set that a database can set against us. */
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

/** Loading one takes half a second, so a file's tests share it, and each begins by emptying it. */
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
