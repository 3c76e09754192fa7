import { type Kysely, sql } from "kysely";

/** Keeps used links, so that operators learn why a link was refused, and finds mails by their recipient. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table mailed_links add column used_at timestamptz(3)`.execute(db);
  await sql`create index mails_by_recipient on mails (lower(to_address), id)`.execute(db);
  await sql`create index mails_by_user on mails (user_id, id) where user_id is not null`.execute(db);
  // Without statistics of the new expression, the planner would read all mails to find those of a recipient.
  await sql`analyze mails`.execute(db);
}
