import { type ExpressionBuilder, type Kysely, type Selectable, sql, type Transaction } from "kysely";
import { countUpTo } from "../platform/db/pages.ts";
import { againOnConflict } from "../platform/db/retry.ts";
import type { EventRow, Tables } from "../platform/db/tables.ts";
import type { AuthEvent } from "./events.ts";

/** Selects events; an event must match every condition that is set. */
export type EventFilter = {
  types?: readonly string[] | undefined;
  userId?: string | undefined;
  flowId?: string | undefined;
  credentialId?: string | undefined;
};

/** Returns up to `limit` events between the positions `after` and `before` (both exclusive). Default: oldest first. */
export async function readEvents(
  db: Kysely<Tables>,
  range: { after?: number | undefined; before?: number | undefined; limit: number; newestFirst?: boolean },
  filter: EventFilter = {},
): Promise<AuthEvent[]> {
  const { after, before } = range;
  const rows = await db.selectFrom("events")
    .selectAll()
    .where((eb) => matching(eb, filter))
    .$if(after !== undefined, (query) => query.where("position", ">", after ?? 0))
    .$if(before !== undefined, (query) => query.where("position", "<", before ?? 0))
    .orderBy("position", range.newestFirst ? "desc" : "asc")
    .limit(range.limit)
    .execute();
  return rows.map(toEvent);
}

/** Counts the events; see `countUpTo`. */
export function countEvents(db: Kysely<Tables>, filter: EventFilter): Promise<number | undefined> {
  return countUpTo(
    db,
    (limit) => db.selectFrom("events").select("position").where((eb) => matching(eb, filter)).limit(limit),
  );
}

function matching(eb: ExpressionBuilder<Tables, "events">, filter: EventFilter) {
  return eb.and([
    ...(filter.types ? [sql<boolean>`type = any(${filter.types})`] : []),
    ...(filter.userId ? [eb("user_id", "=", filter.userId)] : []),
    ...(filter.flowId ? [eb("flow_id", "=", filter.flowId)] : []),
    ...(filter.credentialId ? [eb("credential_id", "=", filter.credentialId)] : []),
  ]);
}

/** Returns the position of the newest event, or 0 if the log is empty. */
export async function headPosition(db: Kysely<Tables>): Promise<number> {
  const row = await db.selectFrom("events").select((eb) => eb.fn.max("position").as("head"))
    .executeTakeFirst();
  return Number(row?.head ?? 0);
}

/** Returns the age in seconds of the oldest committed event without a position, or 0 if every event has one. */
export async function unsequencedSeconds(db: Kysely<Tables>, now: Date): Promise<number> {
  const row = await db.selectFrom("unsequenced_events").select("at").orderBy("seq").limit(1)
    .executeTakeFirst();
  return row ? Math.max(0, (now.getTime() - row.at.getTime()) / 1000) : 0;
}

/** The key of the advisory lock: any constant that no other code locks. This one spells "sally". */
const SEQUENCER_LOCK = 0x73616c6c79;

/** Positions assigned per transaction. The limit keeps transactions short while there is a backlog. */
export const SEQUENCE_BATCH = 1_000;

/**
 * Assigns positions to up to `SEQUENCE_BATCH` committed events, in the order of their insertion. Returns their number,
 * or "busy" if another instance holds the lock.
 *
 * Lock and move are separate statements because the move needs a snapshot taken after the lock. An older snapshot would
 * miss the changes of the previous sequencer. Postgres releases the lock only after the commit is visible, so positions
 * become visible in order: a reader at position N has seen every event up to N.
 */
export async function sequenceEvents(db: Kysely<Tables>): Promise<number | "busy"> {
  return await againOnConflict(() => db.transaction().execute(sequenceIn));
}

async function sequenceIn(tx: Transaction<Tables>): Promise<number | "busy"> {
  const lock = await sql<{ locked: boolean }>`
      select pg_try_advisory_xact_lock(${SEQUENCER_LOCK}::bigint) as locked`.execute(tx);
  if (!lock.rows[0]?.locked) return "busy";
  const moved = await sql`
      with batch as (
        delete from unsequenced_events
        where seq in (select seq from unsequenced_events order by seq limit ${SEQUENCE_BATCH})
        returning *
      )
      insert into events
      select nextval('event_position'), id, at, type, actor, user_id, session_id, flow_id, credential_id,
        ip_address, data
      from (select * from batch order by seq) ordered`.execute(tx);
  return Number(moved.numAffectedRows ?? 0);
}

function toEvent(row: Selectable<EventRow>): AuthEvent {
  const { requestId, ...data } = row.data;
  return {
    position: Number(row.position),
    id: row.id,
    at: row.at,
    type: row.type,
    actor: row.actor,
    userId: row.user_id,
    sessionId: row.session_id,
    flowId: row.flow_id,
    credentialId: row.credential_id,
    ipAddress: row.ip_address,
    requestId: typeof requestId === "string" ? requestId : null,
    data,
  };
}

/** The keys of `data` that hold personal data. */
const PERSONAL = ["userAgent", "block", "subject", "label", "tokenId", "message"];

/**
 * Deletes personal data from the events about a deleted user. This is the only change ever made to logged events.
 *
 * The sequencer can move events at the same time, from the first table to the second. We update the tables in that
 * order so that no moved event is missed.
 */
export async function forgetUsersEvents(db: Transaction<Tables>, userId: string): Promise<void> {
  for (const table of ["unsequenced_events", "events"] as const) {
    await sql`update ${sql.table(table)} set ip_address = null, data = data - ${PERSONAL}::text[]
      where user_id = ${userId}`.execute(db);
  }
}
