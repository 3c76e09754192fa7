import { type Kysely, sql } from "kysely";
import type pg from "pg";
import type { Tables } from "./tables.ts";

/** The database cannot be used as it is; the message says what to change. */
export class UnfitDatabase extends Error {
  override readonly name = "UnfitDatabase";
}

type Setting = {
  name: string;
  /** Set on every connection. */
  value: string;
  /** Where we cannot set it (behind a pooler), it must be like this, or answers would be wrong and not only late. */
  needs?: RegExp;
};

/**
 * What a database, a role or a URL can set, and our statements or the drivers rely on. Not here:
 * `default_transaction_read_only`, for a database that is read-only on purpose is answered with a sentence, and
 * `client_encoding`, which the driver itself sets.
 */
export const SESSION_SETTINGS: readonly Setting[] = [
  // The forms in which values come and go.
  { name: "DateStyle", value: "ISO, MDY", needs: /^ISO/ },
  { name: "array_nulls", value: "on", needs: /^on$/ },
  { name: "standard_conforming_strings", value: "on", needs: /^on$/ },
  { name: "IntervalStyle", value: "postgres" },
  { name: "TimeZone", value: "UTC" },
  { name: "bytea_output", value: "hex" },
  { name: "extra_float_digits", value: "1" },
  // What a statement means. Stricter isolation makes changes fail that are none of each other's business.
  { name: "default_transaction_isolation", value: "read committed", needs: /^read committed$/ },
  { name: "default_transaction_deferrable", value: "off" },
  { name: "transform_null_equals", value: "off" },
  { name: "exit_on_error", value: "off" },
  // Limits for people at a console. Ours are in the code, beside what they are for.
  { name: "statement_timeout", value: "0" },
  { name: "lock_timeout", value: "0" },
  { name: "transaction_timeout", value: "0" },
  { name: "idle_in_transaction_session_timeout", value: "0" },
  { name: "idle_session_timeout", value: "0" },
  // Our statements are short: compiling one takes longer than carrying it out.
  { name: "jit", value: "off" },
];

/** What is answered has reached the disk. What goes further than that is left as it is. */
const DURABLE = `select 'synchronous_commit', 'local' where current_setting('synchronous_commit') = 'off'`;

/**
 * The one schema that holds our tables, so that nothing which is made elsewhere later hides them; before they are
 * there, the one in which Postgres would create them, or else its own default.
 */
const SCHEMA = `select 'search_path', coalesce(
  (select quote_ident(nspname) from pg_class c join pg_namespace n on n.oid = relnamespace
    where c.oid = to_regclass('kysely_migration')),
  quote_ident(current_schema()), '"$user", public')`;

const WANTED = SESSION_SETTINGS.map(({ name, value }) => `('${name}', '${value}')`).join(", ");

/** Sets all of it for the session. What this version of Postgres does not know, it does not need. */
export const SET_SESSION = `
  select set_config(name, value, false) from (values ${WANTED} union all ${DURABLE} union all ${SCHEMA})
    as wanted (name, value)
  where current_setting(name, true) <> value`;

/**
 * Sets it on a new connection, unless a pooler stands between, whose connections are not ours: through one we see
 * another process than the one that answered us. There `checkDatabase` looks at what the database itself has.
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

/** Throws `UnfitDatabase` when the database is one on which we would give wrong answers. */
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
    return `session_replication_role is ${replication}, so it does not check what refers to what. ${
      alter("session_replication_role", "origin")
    }`;
  }
  if (schema === null) {
    return `its search_path names no schema that exists. ${alter("search_path", `"$user", public`)}`;
  }
  const wrong = SESSION_SETTINGS.find(({ name, needs }) => needs && !needs.test(settings[name] ?? ""));
  return wrong &&
    `its ${wrong.name} is "${settings[wrong.name]}", and a pooler keeps us from setting it. ${
      alter(wrong.name, `'${wrong.value}'`)
    }`;
}
