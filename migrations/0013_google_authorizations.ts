import { type Kysely, sql } from "kysely";

/**
 * What a Google authorization needs besides its flow: the state, hashed and good once, who started it and in which
 * browser, and what they asked us to keep, sealed.
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
