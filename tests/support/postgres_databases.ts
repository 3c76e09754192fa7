import pg from "pg";
import { prepareSession } from "../../src/platform/db/session_settings.ts";
import { HOSTILE_LOCALE, setHostile } from "./hostile_database.ts";
import { administer, databaseUrl, TEMPLATE } from "./templates.ts";

/** A migrated, empty database of the cluster; disposed, the next test of the file may get it. */
export type PostgresDatabase = AsyncDisposable & { url: string };

/** Making one takes a third of a second, so the tests of a file hand theirs on. */
const spare: CleanDatabase[] = [];

/** What a database looked like before any test had it. */
type CleanDatabase = { name: string; schema: string };

export async function postgresDatabase(cluster: string): Promise<PostgresDatabase> {
  const clean = spare.pop() ?? await create(cluster);
  return {
    url: databaseUrl(cluster, clean.name),
    [Symbol.asyncDispose]: async () => {
      if (await cleared(cluster, clean)) spare.push(clean);
      else await administer(cluster, `drop database ${clean.name} with (force)`);
    },
  };
}

async function create(cluster: string): Promise<CleanDatabase> {
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  await administer(cluster, `create database ${name} template ${TEMPLATE}`);
  if (HOSTILE_LOCALE) await setHostile(cluster, name);
  return { name, schema: await connected(databaseUrl(cluster, name), schemaOf) };
}

/** Ends its connections and empties it; false when a test has changed more than rows. */
async function cleared(cluster: string, { name, schema }: CleanDatabase): Promise<boolean> {
  await administer(
    cluster,
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${name}'`,
  );
  return await connected(databaseUrl(cluster, name), async (client) => {
    if (await schemaOf(client) !== schema) return false;
    await client.query(EMPTY);
    return true;
  });
}

async function connected<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await prepareSession(client);
    return await work(client);
  } finally {
    await client.end();
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
