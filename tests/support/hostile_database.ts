import pg from "pg";

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
  statement_timeout: "5s",
  lock_timeout: "300ms",
  idle_in_transaction_session_timeout: "400ms",
  idle_session_timeout: "1s",
  synchronous_commit: "off",
  row_security: "off",
  check_function_bodies: "off",
  client_encoding: "LATIN1",
  client_min_messages: "debug1",
  jit_above_cost: "0",
};

/** The language of the databases of a whole run that is made on hostile ones, such as et-EE or da-DK. */
export const HOSTILE_LOCALE = Deno.env.get("SALLYPORT_TEST_HOSTILE");

/** Makes a database for another language, where letters sort unlike their bytes (Postgres 15 or later can). */
export async function createHostile(cluster: string, name: string, locale: string): Promise<void> {
  await run(cluster, [
    `create database ${name} template template0 locale_provider icu icu_locale '${locale}'`,
    ...settingAll(name),
  ]);
}

/** Sets all of it for those who connect from now on; a database does not inherit it from its template. */
export async function setHostile(cluster: string, name: string): Promise<void> {
  await run(cluster, settingAll(name));
}

function settingAll(name: string): string[] {
  return Object.entries(HOSTILE_SETTINGS).map(([setting, value]) =>
    `alter database ${name} set ${setting} = ${setting === "search_path" ? value : `'${value}'`}`
  );
}

async function run(cluster: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: cluster });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
