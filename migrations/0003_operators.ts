import { type Kysely, sql } from "kysely";

/** Operators. Of their tokens, only the SHA-256 is stored. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table operators (
      id text primary key,
      name text not null,
      role text not null check (role in ('READ', 'OPERATE', 'REVEAL')),
      token_hash bytea not null unique,
      created_at timestamptz(3) not null,
      expires_at timestamptz(3) not null,
      last_used_at timestamptz(3),
      revoked_at timestamptz(3)
    )`.execute(db);
  await sql`create unique index operators_by_name on operators (name)`.execute(db);
}
