import { type Kysely, sql } from "kysely";

/** Keys of machines. Only the hash of a key is stored. A key that was revoked or has expired is deleted. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table api_keys (
      id text collate "C" primary key,
      name text collate "C" not null,
      prefix text collate "C" not null,
      key_hash bytea not null unique,
      scopes text[] collate "C" not null,
      created_at timestamptz(3) not null,
      expires_at timestamptz(3),
      warn_at timestamptz(3),
      last_used_at timestamptz(3)
    )`.execute(db);
}
