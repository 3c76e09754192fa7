import { type Kysely, sql } from "kysely";

/**
 * Sessions. A session with the transport TOKENS is a family of refresh tokens. Its row stays after its user is deleted,
 * without personal data, until its last access token has expired: an instance that starts in that time must know that
 * the session has ended.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table sessions (
      id text primary key,
      user_id text not null,
      method text not null check (method in ('PASSWORD', 'EMAIL_CODE', 'GUEST', 'GOOGLE')),
      transport text not null check (transport in ('TOKENS', 'COOKIE')),
      created_at timestamptz(3) not null,
      last_seen_at timestamptz(3) not null,
      ends_at timestamptz(3) not null,
      idle_ends_at timestamptz(3) not null,
      ip_address text,
      address_block text,
      user_agent text,
      generation integer not null,
      refresh_hash bytea,
      previous_hash bytea,
      rotated_at timestamptz(3),
      ended_at timestamptz(3)
    )`.execute(db);
  // Every refresh updates its row, in columns without an index: free space lets Postgres update it in place.
  await sql`alter table sessions set (fillfactor = 80)`.execute(db);
  await sql`create index live_sessions on sessions (user_id, id) where ended_at is null`.execute(db);
  // For known addresses: whether a user had a session from a client address.
  await sql`create index sessions_by_address on sessions (user_id, address_block)`.execute(db);
  await sql`create index ended_sessions on sessions (ended_at) where ended_at is not null`.execute(db);
}
