import { type Kysely, sql } from "kysely";

/**
 * Users' identities at providers, by issuer and subject, never by address. `email` is the address that the provider
 * reported last. `users.ways_in` increases when sign-in methods of a user are removed. `spent_tokens` has the hashes of
 * used nonces and tokens, until they expire.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table identities (
      issuer text not null,
      subject text not null,
      user_id text not null references users (id) on delete cascade,
      email text,
      created_at timestamptz(3) not null,
      primary key (issuer, subject)
    )`.execute(db);
  await sql`create index identities_of_user on identities (user_id)`.execute(db);
  await sql`alter table users add column auth_id text`.execute(db);
  await sql`alter table users add column ways_in integer not null default 0`.execute(db);
  await sql`
    create table spent_tokens (
      hash bytea primary key,
      expires_at timestamptz(3) not null
    )`.execute(db);
  await sql`create index spent_tokens_by_end on spent_tokens (expires_at)`.execute(db);
}
