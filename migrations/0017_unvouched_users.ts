import { type Kysely, sql } from "kysely";

/**
 * Users whose address and password an operator imported who may not vouch that both are the same person's: a mailed link
 * alone does not join the two. What is there already keeps what it has.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table users add column unvouched boolean not null default false`.execute(db);
}
