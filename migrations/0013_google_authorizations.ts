import { type Kysely, sql } from "kysely";

/**
 * The part of a Google authorization that is not in its flow: the hash of the state, which works once, the caller and the
 * browser that started it, and the sealed `resume`.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table google_authorizations (
      flow_id text primary key references flows (id) on delete cascade,
      state_hash bytea not null unique,
      browser_hash bytea,
      started_by text not null,
      session_id text,
      expires_at timestamptz(3) not null,
      used_at timestamptz(3),
      resume text
    )`.execute(db);
  await sql`create index google_authorizations_by_starter on google_authorizations (started_by, flow_id)`
    .execute(db);
}
