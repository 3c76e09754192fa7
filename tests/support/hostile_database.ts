import pg from "pg";
import { openPostgres } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import type { TestDatabase } from "./databases.ts";
import { administer, databaseUrl } from "./templates.ts";

/** Everything that a database can set and that changes what statements mean, how values look or how long they take. */
const HOSTILE_SETTINGS = {
  DateStyle: "SQL, DMY",
  IntervalStyle: "sql_standard",
  TimeZone: "Asia/Kathmandu",
  bytea_output: "escape",
  extra_float_digits: "-15",
  array_nulls: "off",
  standard_conforming_strings: "off",
  transform_null_equals: "on",
  quote_all_identifiers: "on",
  exit_on_error: "on",
  search_path: "nowhere",
  default_transaction_isolation: "serializable",
  default_transaction_deferrable: "on",
  statement_timeout: "2s",
  lock_timeout: "300ms",
  idle_in_transaction_session_timeout: "400ms",
  idle_session_timeout: "1s",
  synchronous_commit: "off",
  row_security: "off",
  check_function_bodies: "off",
  client_encoding: "LATIN1",
  client_min_messages: "debug1",
  jit_above_cost: "0",
  jit_optimize_above_cost: "0",
};

/** Makes a database for another language, where letters sort unlike their bytes (Postgres 15 or later can). */
export async function createHostile(cluster: string, name: string, locale: string): Promise<void> {
  await administer(
    cluster,
    `create database ${name} template template0 locale_provider icu icu_locale '${locale}'`,
  );
  await setHostile(cluster, name);
}

/** Sets all of it for whoever connects from now on; databases do not inherit it from their template. */
export async function setHostile(cluster: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: cluster });
  await client.connect();
  try {
    for (const [setting, value] of Object.entries(HOSTILE_SETTINGS)) {
      await client.query(`alter database ${name} set ${setting} = '${value}'`);
    }
  } finally {
    await client.end();
  }
}

/** A migrated database of this language that sets all of it, gone when disposed. */
export async function hostileDatabase(cluster: string, locale: string): Promise<TestDatabase & { url: string }> {
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
