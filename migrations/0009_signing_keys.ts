import { type Kysely, sql } from "kysely";

/** The keys that sign tokens, with sealed private keys. Each is published before and after it signs. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table signing_keys (
      id text primary key,
      public_jwk jsonb not null,
      sealed text not null,
      created_at timestamptz(3) not null,
      signs_from timestamptz(3) not null
    )`.execute(db);
}
