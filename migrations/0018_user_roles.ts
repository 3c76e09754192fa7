import { type Kysely, sql } from "kysely";

/** The roles that applications give to users. Access tokens contain them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table users add column roles text[] collate "C" not null default '{}'`.execute(db);
}
