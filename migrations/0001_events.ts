import { type Kysely, sql } from "kysely";

/**
 * The event log. Transactions insert into `unsequenced_events`. The sequencer moves committed rows into `events` and
 * gives each a position. A reader who has seen position N has seen all positions before it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table unsequenced_events (
      seq bigint generated always as identity primary key,
      id text not null,
      at timestamptz(3) not null,
      type text not null,
      actor text not null,
      user_id text,
      session_id text,
      flow_id text,
      credential_id text,
      ip_address text,
      data jsonb not null
    )`.execute(db);
  // Every event passes through this table, which is nearly empty. With the default thresholds, dead rows would pile up.
  await sql`alter table unsequenced_events set (autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000)`.execute(db);
  await sql`create sequence event_position`.execute(db);
  await sql`
    create table events (
      position bigint primary key,
      id text not null,
      at timestamptz(3) not null,
      type text not null,
      actor text not null,
      user_id text,
      session_id text,
      flow_id text,
      credential_id text,
      ip_address text,
      data jsonb not null
    )`.execute(db);
  await sql`create index events_by_type on events (type, position)`.execute(db);
  for (const subject of ["user_id", "flow_id", "credential_id"]) {
    await sql`create index ${sql.ref(`events_by_${subject}`)} on events (${sql.ref(subject)}, position)
      where ${sql.ref(subject)} is not null`.execute(db);
  }
}
