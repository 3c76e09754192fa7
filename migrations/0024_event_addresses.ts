import { type Kysely, sql } from "kysely";

/** The address that an event is about, until the sequencer has looked for the user who has verified it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table unsequenced_events add column verified_email text collate "C"`.execute(db);
}
