import pg from "pg";
import { prepareSession } from "../../src/platform/db/session_settings.ts";
import { HOSTILE_LOCALE, setHostile } from "./hostile_database.ts";
import { administer, databaseUrl, TEMPLATE } from "./templates.ts";

/** A migrated, empty database of the cluster; disposed, the next test of the process may get it. */
export type PostgresDatabase = AsyncDisposable & { url: string };

/** What a database looked like before any test had it, and a connection that empties it. */
type CleanDatabase = { name: string; schema: string; client: pg.Client };

/** Making one takes a third of a second, and connecting a tenth, so the process's tests hand one on. */
let spare: CleanDatabase | undefined;

/** Makes the database that tests hand on. Before the tests: the sanitizers would take its connection for a leak. */
export async function openSpare(cluster: string): Promise<void> {
  spare = await create(cluster);
}

export async function closeSpare(): Promise<void> {
  await spare?.client.end();
}

export async function postgresDatabase(cluster: string): Promise<PostgresDatabase> {
  const clean = spare ?? await create(cluster);
  const isShared = clean === spare;
  spare = undefined;
  return {
    url: databaseUrl(cluster, clean.name),
    [Symbol.asyncDispose]: async () => {
      if (isShared && await cleared(clean)) spare = clean;
      else await drop(cluster, clean);
    },
  };
}

async function create(cluster: string): Promise<CleanDatabase> {
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  await administer(cluster, `create database ${name} template ${TEMPLATE}`);
  if (HOSTILE_LOCALE) await setHostile(cluster, name);
  const client = new pg.Client({ connectionString: databaseUrl(cluster, name) });
  // A test may end all connections to its database.
  client.on("error", () => {});
  await client.connect();
  await prepareSession(client);
  return { name, schema: await schemaOf(client), client };
}

async function drop(cluster: string, { name, client }: CleanDatabase): Promise<void> {
  await client.end().catch(() => {});
  await administer(cluster, `drop database ${name} with (force)`);
}

/** Ends the test's connections and empties the database; false when a test has changed more than rows. */
async function cleared({ client, schema }: CleanDatabase): Promise<boolean> {
  try {
    await client.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`);
    if (await schemaOf(client) !== schema) return false;
    await client.query(EMPTY);
    return true;
  } catch {
    return false;
  }
}

/** The names of everything that a test could have added, renamed or set. */
async function schemaOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ names: string }>(`
    select md5(string_agg(name, ' ' order by name)) as names from (
      select 'relation ' || relname as name from pg_class where relnamespace::regnamespace::text in ('public', 'pgboss')
      union all select 'function ' || proname from pg_proc where pronamespace::regnamespace::text in ('public', 'pgboss')
      union all select 'trigger ' || tgname from pg_trigger where not tgisinternal
      union all select 'constraint ' || conname from pg_constraint
      union all select 'setting ' || setconfig::text from pg_db_role_setting
        where setdatabase = (select oid from pg_database where datname = current_database())
    ) everything`);
  return rows[0]?.names ?? "";
}

/**
 * Removes rows without truncating: for a few rows that takes a hundredth of the time. The job engine's queues stay,
 * with nothing in them: each app would create them again.
 */
export const EMPTY = `
  set session_replication_role = replica;
  do $$ declare found record; begin
    for found in select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname in ('public', 'pgboss')
        and tablename not in ('version', 'queue', 'kysely_migration', 'kysely_migration_lock')
    loop execute 'delete from ' || found.name; end loop;
    for found in select format('%I.%I', schemaname, sequencename) as name from pg_sequences
    loop execute 'alter sequence ' || found.name || ' restart'; end loop;
  end $$;
  set session_replication_role = origin;
  update pgboss.queue set deferred_count = 0, queued_count = 0, ready_count = 0,
    active_count = 0, failed_count = 0, total_count = 0`;
