import { type Kysely, sql } from "kysely";

/**
 * Indexes the parts of usernames, addresses and names for the search, where the database has the extension pg_trgm or
 * lets us create it. Without it, a search by part reads all users.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // The extension may already be in a schema that is not on our search path. Tried in a block of its own: a database
  // without the extension, or a role that may not create it, fails only there.
  await sql`
    do $$
    declare place name;
    begin
      begin
        create extension if not exists pg_trgm;
      exception when others then
        null;
      end;
      select nspname into place from pg_extension join pg_namespace on pg_namespace.oid = extnamespace
        where extname = 'pg_trgm';
      if place is not null then
        execute format('create index users_by_part on users using gin ((%s) %I.gin_trgm_ops)',
          'coalesce(username_key, '''') || chr(10) || coalesce(email_key, '''') || chr(10) || coalesce(name_key, '''')',
          place);
      end if;
    end $$`.execute(db);
}
