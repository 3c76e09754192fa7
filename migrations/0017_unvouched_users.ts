import { type Kysely, sql } from "kysely";

/**
 * Users whose address and password were imported by an operator without the role REVEAL: a mailed link alone does not
 * prove that both belong to the same person. Existing users keep their sign-in methods.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table users add column unvouched boolean not null default false`.execute(db);
}
