import { type Kysely, sql } from "kysely";

/** Which operator created an API key. Unknown for older keys. Operators are never deleted. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table api_keys add column created_by text collate "C" references operators (id)`.execute(
    db,
  );
}
