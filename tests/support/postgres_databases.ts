import pg from "pg";
import { prepareSession } from "../../src/platform/db/session_settings.ts";
import { HOSTILE_LOCALE, setHostile } from "./hostile_database.ts";
import { administer, databaseUrl, TEMPLATE } from "./templates.ts";

/** A migrated, empty database of the cluster. After disposal, the next test of the process can reuse it. */
export type PostgresDatabase = AsyncDisposable & { url: string };

/** The initial schema of a database, and a connection to empty it. */
type CleanDatabase = { name: string; schema: string; client: pg.Client };

/** Creating a database takes 0.3 s and connecting 0.1 s, so the tests of a process reuse one. */
let spare: CleanDatabase | undefined;

/** Creates the reused database before the tests, because the sanitizers would report its connection as a leak. */
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
  // A test may have terminated all connections to its database.
  client.on("error", () => {});
  await client.connect();
  await prepareSession(client);
  return { name, schema: await schemaOf(client), client };
}

async function drop(cluster: string, { name, client }: CleanDatabase): Promise<void> {
  await client.end().catch(() => {});
  await administer(cluster, `drop database ${name} with (force)`);
}

/** Terminates the test's connections and empties the database. Returns false if a test changed more than rows. */
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

/** The names of all objects and settings that a test could have changed. */
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
 * Deletes rows instead of truncating, which for a few rows is a hundred times faster. The job engine's queues stay, but
 * empty, so that apps need not create them again.
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
