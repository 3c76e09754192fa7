import { type Kysely, sql } from "kysely";

/**
 * Flows of every kind, and the waits for Modal's answer. A row in `modal_waits` is a wait that runs. It is deleted
 * when the wait ends, so the table stays small.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table flows (
      id text primary key,
      kind text not null check (kind in ('MODAL_TOKEN', 'GOOGLE_AUTHORIZATION', 'EMAIL_CODE')),
      status text not null check (status in
        ('PENDING', 'WAITING', 'TIMED_OUT', 'SUCCEEDED', 'FAILED', 'EXPIRED', 'CANCELLED')),
      user_id text,
      created_at timestamptz(3) not null,
      updated_at timestamptz(3) not null,
      expires_at timestamptz(3) not null,
      failure jsonb,
      steps jsonb not null,
      detail jsonb not null,
      credential_id text references credentials (id) on delete set null,
      version integer not null,
      sealed text
    )`.execute(db);
  await sql`create index flows_by_user on flows (user_id, id) where user_id is not null`.execute(db);
  await sql`create index flows_by_status on flows (status, id)`.execute(db);
  await sql`create index open_flows_by_expiry on flows (expires_at)
    where status in ('PENDING', 'WAITING', 'TIMED_OUT')`.execute(db);
  await sql`
    create table modal_waits (
      flow_id text primary key references flows (id) on delete cascade,
      owner text,
      claim integer not null,
      ends_at timestamptz(3) not null
    )`.execute(db);
  await sql`create index modal_waits_by_owner on modal_waits (owner)`.execute(db);
}
