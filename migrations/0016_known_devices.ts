import { type Kysely, sql } from "kysely";

/**
 * When a user's sessions ended because another person may have had one. Older marks in device cookies are invalid then.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table users add column devices_forgotten_at timestamptz(3)`.execute(db);
}
