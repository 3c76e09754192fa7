import pg from "pg";

/** Database settings that change the meaning of statements, the format of values or time limits. */
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

/** If set, a whole run uses hostile databases with this language, such as et-EE or da-DK. */
export const HOSTILE_LOCALE = Deno.env.get("SALLYPORT_TEST_HOSTILE");

/** Creates a database with a language whose sort order differs from byte order (Postgres 15 or later). */
export async function createHostile(cluster: string, name: string, locale: string): Promise<void> {
  await run(cluster, [
    `create database ${name} template template0 locale_provider icu icu_locale '${locale}'`,
    ...settingAll(name),
  ]);
}

/** Applies the settings to new connections. A database does not inherit them from its template. */
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
