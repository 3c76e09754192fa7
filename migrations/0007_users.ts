import { type Kysely, sql } from "kysely";

/**
 * Users, and the links that were mailed to them. A username and a verified address belong to one user, in any spelling
 * (`_key`). An unverified address is not unique, and does not sign in.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table users (
      id text primary key,
      username text,
      username_key text,
      email text,
      email_key text,
      email_verified_at timestamptz(3),
      name text,
      name_key text,
      picture_url text,
      is_guest boolean not null,
      disabled_at timestamptz(3),
      state text not null check (state in ('VISITOR', 'AUTH', 'PAYMENT')),
      state_metadata jsonb not null,
      password_hash text,
      last_method text check (last_method in ('PASSWORD', 'EMAIL_CODE', 'GUEST', 'GOOGLE')),
      created_at timestamptz(3) not null,
      last_sign_in_at timestamptz(3),
      version integer not null
    )`.execute(db);
  // Every sign-in updates its row, in columns without an index: free space lets Postgres update it in place.
  await sql`alter table users set (fillfactor = 85)`.execute(db);
  await sql`create unique index users_by_username on users (username_key)`.execute(db);
  await sql`create unique index users_by_verified_email on users (email_key)
    where email_verified_at is not null`.execute(db);
  // For prefixes in any collation: the user search.
  for (const column of ["username_key", "email_key", "name_key"]) {
    await sql`create index ${sql.ref(`users_search_${column}`)} on users (${
      sql.ref(column)
    } text_pattern_ops)`.execute(db);
  }
  await sql`
    create table mailed_links (
      token_hash bytea primary key,
      purpose text not null check (purpose in ('VERIFY_EMAIL', 'RESET_PASSWORD')),
      user_id text not null references users (id) on delete cascade,
      email_key text not null,
      expires_at timestamptz(3) not null
    )`.execute(db);
  await sql`create index mailed_links_by_user on mailed_links (user_id)`.execute(db);
  await sql`create index mailed_links_by_expiry on mailed_links (expires_at)`.execute(db);
}
