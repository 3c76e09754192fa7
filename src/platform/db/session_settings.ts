import { type Kysely, sql } from "kysely";
import type pg from "pg";
import type { Tables } from "./tables.ts";
import { UnfitDatabase } from "./unfit_database.ts";

type Setting = {
  name: string;
  /** The value that we set on every connection. */
  value: string;
  /**
   * Required value where we cannot set it (behind a pooler): without it results would be wrong, not only slow.
   */
  needs?: RegExp;
};

/**
 * Settings that a database, role or URL can change and that our statements or the drivers rely on. Not
 * included: `default_transaction_read_only`, because a read-only database has its own error message, and
 * `client_encoding`, which the driver sets.
 */
export const SESSION_SETTINGS: readonly Setting[] = [
  // Formats of values.
  { name: "DateStyle", value: "ISO, MDY", needs: /^ISO/ },
  { name: "array_nulls", value: "on", needs: /^on$/ },
  { name: "standard_conforming_strings", value: "on", needs: /^on$/ },
  { name: "IntervalStyle", value: "postgres" },
  { name: "TimeZone", value: "UTC" },
  { name: "bytea_output", value: "hex" },
  { name: "extra_float_digits", value: "1" },
  // Semantics of statements. Stricter isolation would make unrelated changes fail.
  { name: "default_transaction_isolation", value: "read committed", needs: /^read committed$/ },
  { name: "default_transaction_deferrable", value: "off" },
  { name: "transform_null_equals", value: "off" },
  { name: "exit_on_error", value: "off" },
  // Timeouts meant for interactive use. Our timeouts are in the code that needs them.
  { name: "statement_timeout", value: "0" },
  { name: "lock_timeout", value: "0" },
  { name: "transaction_timeout", value: "0" },
  { name: "idle_in_transaction_session_timeout", value: "0" },
  { name: "idle_session_timeout", value: "0" },
  // Our statements are short: compiling one takes longer than running it.
  { name: "jit", value: "off" },
];

/** Ensures that committed data is on disk. Stronger settings stay as they are. */
const DURABLE = `select 'synchronous_commit', 'local' where current_setting('synchronous_commit') = 'off'`;

/**
 * The schema with our tables, so that objects created later in other schemas cannot hide them. Before the first
 * migration: the schema in which Postgres would create them, or else its default.
 */
const SCHEMA = `select 'search_path', coalesce(
  (select quote_ident(nspname) from pg_class c join pg_namespace n on n.oid = relnamespace
    where c.oid = to_regclass('kysely_migration')),
  quote_ident(current_schema()), '"$user", public')`;

const WANTED = SESSION_SETTINGS.map(({ name, value }) => `('${name}', '${value}')`).join(", ");

/** Sets all of them for the session. Settings that this Postgres version does not have are skipped. */
export const SET_SESSION = `
  select set_config(name, value, false) from (values ${WANTED} union all ${DURABLE} union all ${SCHEMA})
    as wanted (name, value)
  where current_setting(name, true) <> value`;

/**
 * Applies the settings to a new connection, except behind a pooler, whose connections are shared: there the
 * backend's process id differs from the one that we connected to. `checkDatabase` then checks the database's
 * own settings.
 */
export async function prepareSession(client: pg.ClientBase): Promise<void> {
  const { processID } = client as { processID?: number };
  await client.query(`${SET_SESSION} and pg_backend_pid() = ${Number(processID)}`);
}

const OLDEST_VERSION = 14;

type Found = {
  version: number;
  encoding: string;
  replication: string;
  schema: string | null;
  database: string;
  settings: Record<string, string>;
};

/** Throws `UnfitDatabase` if the database would give wrong results. */
export async function checkDatabase(db: Kysely<Tables>): Promise<void> {
  const names = SESSION_SETTINGS.filter(({ needs }) => needs).map(({ name }) => name);
  const { rows: [found] } = await sql<Found>`
    select current_setting('server_version_num')::int / 10000 as version,
      current_setting('server_encoding') as encoding,
      current_setting('session_replication_role') as replication,
      current_schema() as schema, quote_ident(current_database()) as database,
      (select jsonb_object_agg(name, current_setting(name)) from unnest(${names}::text[]) as name) as settings`
    .execute(db);
  const problem = found && problemOf(found);
  if (problem) throw new UnfitDatabase(`Cannot use this database: ${problem}`);
}

function problemOf({ version, encoding, replication, schema, database, settings }: Found) {
  const alter = (name: string, value: string) => `Run: alter database ${database} set ${name} = ${value}`;
  if (version < OLDEST_VERSION) {
    return `it is Postgres ${version}. Use ${OLDEST_VERSION} or later`;
  }
  if (encoding !== "UTF8") {
    return `its encoding is ${encoding}, which cannot hold every name. Make one with: createdb --encoding=UTF8 --template=template0`;
  }
  if (replication !== "origin") {
    return `session_replication_role is ${replication}, so it does not check foreign keys. ${
      alter("session_replication_role", "origin")
    }`;
  }
  if (schema === null) {
    return `no schema in its search_path exists. ${alter("search_path", `"$user", public`)}`;
  }
  const wrong = SESSION_SETTINGS.find(({ name, needs }) => needs && !needs.test(settings[name] ?? ""));
  return wrong &&
    `its ${wrong.name} is "${settings[wrong.name]}", and a pooler prevents us from setting it. ${
      alter(wrong.name, `'${wrong.value}'`)
    }`;
}
