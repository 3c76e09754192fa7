import { PGlite } from "@electric-sql/pglite";
import pg from "pg";
import { openPostgres, pgliteDatabase } from "../../src/platform/db/database.ts";
import { migrate } from "../../src/platform/db/migrate.ts";
import { createHostile, HOSTILE_LOCALE } from "./hostile_database.ts";
import { startCluster } from "./postgres.ts";

/** Migrated databases that tests copy instead of migrating their own. `env` tells test files their locations. */
export type Templates = AsyncDisposable & {
  env: { SALLYPORT_TEST_POSTGRES: string; SALLYPORT_TEST_PGLITE: string };
};

export const TEMPLATE = "sallyport_template";

export async function makeTemplates(): Promise<Templates> {
  await using stack = new AsyncDisposableStack();
  const file = await Deno.makeTempFile({ prefix: "sallyport-pglite-" });
  stack.defer(() => Deno.remove(file));
  const makePostgres = async () => {
    const { url } = stack.use(await startCluster());
    await makePostgresTemplate(url);
    return url;
  };
  const [url] = await Promise.all([makePostgres(), makePgliteTemplate(file)]);
  const made = stack.move();
  return {
    env: { SALLYPORT_TEST_POSTGRES: url, SALLYPORT_TEST_PGLITE: file },
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}

async function makePostgresTemplate(url: string): Promise<void> {
  if (HOSTILE_LOCALE) await createHostile(url, TEMPLATE, HOSTILE_LOCALE);
  else await administer(url, `create database ${TEMPLATE}`);
  const database = openPostgres({ url: databaseUrl(url, TEMPLATE), maxConnections: 2 });
  await migrate(database);
  await database.close();
}

async function makePgliteTemplate(file: string): Promise<void> {
  const pglite = await PGlite.create();
  const database = pgliteDatabase(pglite);
  await migrate(database);
  const dump = await pglite.dumpDataDir("none");
  await Deno.writeFile(file, new Uint8Array(await dump.arrayBuffer()));
  await database.close();
}

/** Runs one statement on the cluster's default database. */
export async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** `url` with another database. */
export function databaseUrl(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
