import { type Kysely, sql } from "kysely";

/**
 * The e-mail address that an event is about, until the sequencer has looked for the user who has verified it; and an
 * index for the search of sessions by client address.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table unsequenced_events add column verified_email text collate "C"`.execute(db);
  await sql`create index live_sessions_by_address on sessions (ip_address, id) where ended_at is null`
    .execute(db);
}
