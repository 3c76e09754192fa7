import { type Kysely, sql } from "kysely";

/**
 * E-mailed codes. A code and its attempts belong to one flow. Only a MAC of the code is stored. The client that asked
 * for it is not signed in: it reads the flow with a key, of which only the hash is stored.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table flows add column holder_hash bytea`.execute(db);
  await sql`
    create table email_codes (
      flow_id text primary key references flows (id) on delete cascade,
      email text not null,
      email_key text not null,
      code_mac bytea not null,
      attempts_left integer not null,
      expires_at timestamptz(3) not null
    )`.execute(db);
  await sql`create index guests on users (id) where is_guest`.execute(db);
}
