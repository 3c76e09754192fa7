import { type Kysely, sql } from "kysely";

/**
 * The outbox. `sealed` is the content of the mail. It is null after the mail was sent or given up. A mail is sent
 * before `expires_at`, or never.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table mails (
      id text primary key,
      to_address text not null,
      subject text not null,
      status text not null check (status in ('QUEUED', 'SENDING', 'SENT', 'RETRYING', 'DEAD')),
      attempts integer not null,
      last_error text,
      created_at timestamptz(3) not null,
      sent_at timestamptz(3),
      expires_at timestamptz(3) not null,
      flow_id text,
      user_id text,
      sealed text,
      check ((sealed is null) = (status in ('SENT', 'DEAD')))
    )`.execute(db);
  await sql`create index mails_by_status on mails (status, id)`.execute(db);
  await sql`create index open_mails_by_expiry on mails (expires_at) where sealed is not null`.execute(db);
  await sql`create index dead_mails_by_time on mails (created_at) where status = 'DEAD'`.execute(db);
}
