import { type ExpressionBuilder, type Kysely, type Selectable, sql, type Transaction } from "kysely";
import { againOnConflict } from "../platform/db/retry.ts";
import type { EventRow, Tables } from "../platform/db/tables.ts";
import type { AuthEvent } from "./events.ts";

/** Which events a reader wants; every given condition must hold. */
export type EventFilter = {
  types?: readonly string[] | undefined;
  userId?: string | undefined;
  flowId?: string | undefined;
  credentialId?: string | undefined;
};

/** Up to `limit` events after and before the given positions, oldest first, or newest first when `newestFirst`. */
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

function matching(eb: ExpressionBuilder<Tables, "events">, filter: EventFilter) {
  return eb.and([
    ...(filter.types ? [sql<boolean>`type = any(${filter.types})`] : []),
    ...(filter.userId ? [eb("user_id", "=", filter.userId)] : []),
    ...(filter.flowId ? [eb("flow_id", "=", filter.flowId)] : []),
    ...(filter.credentialId ? [eb("credential_id", "=", filter.credentialId)] : []),
  ]);
}

/** The position of the newest event, 0 in an empty log. */
export async function headPosition(db: Kysely<Tables>): Promise<number> {
  const row = await db.selectFrom("events").select((eb) => eb.fn.max("position").as("head"))
    .executeTakeFirst();
  return Number(row?.head ?? 0);
}

/** Seconds since the oldest committed event that has no position yet was written, 0 when all have one. */
export async function unsequencedSeconds(db: Kysely<Tables>, now: Date): Promise<number> {
  const row = await db.selectFrom("unsequenced_events").select("at").orderBy("seq").limit(1)
    .executeTakeFirst();
  return row ? Math.max(0, (now.getTime() - row.at.getTime()) / 1000) : 0;
}

/** Any constant will do that nothing else in the database locks; this one spells "sally". */
const SEQUENCER_LOCK = 0x73616c6c79;

/** Positions given in one transaction, so that a backlog holds the lock and the log's readers for a moment only. */
export const SEQUENCE_BATCH = 1_000;

/**
 * Gives up to a thousand committed events their position, in the order they were inserted, and returns how
 * many, or "busy" when another instance is at it.
 *
 * Lock and move are separate statements on purpose: the move's snapshot must be younger than the lock, or it
 * would miss what the sequencer before it left behind. The lock ends after the commit is visible, so positions
 * become visible in order, and whoever has read up to N has read everything up to N.
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
    data: row.data,
  };
}

/** What events say of a person besides what happened. */
const PERSONAL = ["userAgent", "label", "tokenId", "message"];

/**
 * Takes what is personal from the events about a user who is deleted: the one change that the log ever sees. Events
 * that wait for their position are moved meanwhile, so both tables are gone through in the order in which they move.
 */
export async function forgetUsersEvents(db: Transaction<Tables>, userId: string): Promise<void> {
  for (const table of ["unsequenced_events", "events"] as const) {
    await sql`update ${sql.table(table)} set ip_address = null, data = data - ${PERSONAL}::text[]
      where user_id = ${userId}`.execute(db);
  }
}
