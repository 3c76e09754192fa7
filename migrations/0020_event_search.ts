import { type Kysely, sql } from "kysely";

/**
 * Adds the indexes of the event search, and a table that says how far old events were deleted. Each index ends with the
 * position, so that a search reads the newest events of a value first and stops at the end of the page.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Returns null for text that is not an address: an error would stop the sequencer. It is not marked parallel safe,
  // because it catches errors.
  await sql`
    create function ipv6_block(address text) returns text language plpgsql immutable strict as $$
    begin
      return set_masklen(address::cidr, 64)::text;
    exception when others then
      return null;
    end $$`.execute(db);
  for (const [name, columns, condition] of INDEXES) {
    await sql`create index ${sql.ref(name)} on events (${sql.raw(columns)}) where ${sql.raw(condition)}`
      .execute(db);
  }
  // Finds the positions of a time, for searches by time and for the deletion of old events.
  await sql`create index events_by_at on events (at)`.execute(db);
  // A search by address reads only the index if a vacuum has marked the pages as visible to all.
  await sql`alter table events set (autovacuum_vacuum_insert_scale_factor = 0.02)`.execute(db);
  await sql`create table pruned_events (kind text collate "C" primary key, position bigint not null)`.execute(
    db,
  );
}

const REASON = "coalesce(data->>'reason', data->>'code')";

const INDEXES = [
  ["events_by_session", "session_id, position", "session_id is not null"],
  // Clients choose their trace id, so many events can have the same. A hash index would read them all to insert one.
  [
    "events_by_request",
    `((data->>'requestId') collate "C"), position`,
    "data->>'requestId' is not null",
  ],
  ["events_by_address", "ip_address, position", "ip_address is not null"],
  ["events_by_block", "ipv6_block(ip_address), position", "ip_address like '%:%'"],
  [
    "events_by_reason",
    `(${REASON} collate "C"), position`,
    `${REASON} is not null`,
  ],
  [
    "events_by_subject",
    `((data->>'subject') collate "C"), position`,
    "data->>'subject' is not null",
  ],
] as const;
