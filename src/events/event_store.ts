import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import { MOST_COUNTED } from "../lib/paging.ts";
import { countUpTo } from "../platform/db/pages.ts";
import { againOnConflict } from "../platform/db/retry.ts";
import type { EventRow, Tables } from "../platform/db/tables.ts";
import { conditionOf, type EventFilter, FIELDS } from "./event_filter.ts";
import { isAddressPart } from "./event_words.ts";
import {
  addressBegins,
  ALL_POSITIONS,
  directionOf,
  isByWord,
  type Page,
  type PositionRange,
  searches,
  withinTime,
} from "./event_positions.ts";
import type { AuthEvent } from "./events.ts";

/** Which events to read: between the positions `after` and `before` (both exclusive), from one of the ends. */
type EventRange = {
  after?: number | undefined;
  before?: number | undefined;
  limit: number;
  newestFirst?: boolean;
  /** What the cursors of the events say about deleted events; see `Cursor`. Default: 0. */
  pruned?: number;
};

/**
 * The index of addresses is not in the order of the log, so a search by the beginning of an address reads all matching
 * entries. If there are more than `MANY`, the `WINDOW` rows at the page's end of the log probably have the page, and are
 * read first.
 */
const MANY = 50_000;
const WINDOW = 100_000;

/** Returns up to `limit` events of the range. Default: oldest first. */
export async function readEvents(
  db: Kysely<Tables>,
  { pruned = 0, ...range }: EventRange,
  filter: EventFilter = {},
): Promise<AuthEvent[]> {
  const rows = await readRows(db, range, filter);
  return rows.map((row) => toEvent(row, pruned));
}

async function readRows(
  db: Kysely<Tables>,
  { limit, newestFirst = false, ...range }: EventRange,
  filter: EventFilter,
): Promise<Selectable<EventRow>[]> {
  const within = await withinTime(db, { ...ALL_POSITIONS, ...defined(range) }, filter);
  const page: Page = { ...within, limit, from: newestFirst ? "newest" : "oldest" };
  const found = await searches(db, filter, page);
  if (!found) return await readAll(db, filter, page);
  if (found.length === 0) return [];
  const { text } = filter;
  if (text !== undefined && isAddressPart(text) && isByWord(filter)) {
    const near = await readNear(db, filter, page, text);
    if (near.length === limit) return near;
  }
  const { rows } = await sql<Selectable<EventRow>>`
    select * from events where position in (
      select position from (${sql.join(found, sql` union `)}) found
      order by position ${directionOf(page)} limit ${limit})
    order by position ${directionOf(page)}`.execute(db);
  return rows;
}

/** Reads the log from one end, in the order of the positions. */
async function readAll(
  db: Kysely<Tables>,
  filter: EventFilter,
  page: Page,
): Promise<Selectable<EventRow>[]> {
  const { rows } = await sql<Selectable<EventRow>>`
    select * from events where ${inRange(page)} and ${conditionOf(filter).sql}
    order by position ${directionOf(page)} limit ${page.limit}`.execute(db);
  return rows;
}

/** Reads the log from one end like `readAll`, within the window, if many addresses begin with the word. */
async function readNear(
  db: Kysely<Tables>,
  filter: EventFilter,
  page: Page,
  word: string,
): Promise<Selectable<EventRow>[]> {
  const { rows } = await sql<Selectable<EventRow>>`
    select * from (
      select * from events where ${inRange(page)} order by position ${
    directionOf(page)
  } limit ${WINDOW}) as near
    where ${conditionOf(filter).sql} and (
      select count(*) > ${MANY} from (
        select from events where ${addressBegins(word)} limit ${MANY + 1}) as entries)
    order by position ${directionOf(page)} limit ${page.limit}`.execute(db);
  return rows;
}

function inRange({ after, before }: PositionRange) {
  return sql<boolean>`position > ${after} and position < ${before}`;
}

function defined({ after, before }: Pick<EventRange, "after" | "before">): Partial<PositionRange> {
  return { ...(after !== undefined && { after }), ...(before !== undefined && { before }) };
}

/** Counts the events; see `countUpTo`. */
export async function countEvents(db: Kysely<Tables>, filter: EventFilter): Promise<number | undefined> {
  const within = await withinTime(db, ALL_POSITIONS, filter);
  const found = await searches(db, filter, { ...within, limit: MOST_COUNTED + 1, from: "any" });
  if (found?.length === 0) return 0;
  return await countUpTo(
    db,
    (limit) =>
      found
        ? sql<object>`(select position from (${sql.join(found, sql` union `)}) found limit ${limit})`
        : sql<object>`(select position from events
            where ${inRange(within)} and ${conditionOf(filter).sql} limit ${limit})`,
  );
}

/** Returns the position of the newest event, also if it was deleted since; 0 if there was none. */
export async function headPosition(db: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{ head: string | null }>`
    select greatest((select max(position) from events), (select max(position) from pruned_events)) as head`
    .execute(db);
  return Number(rows[0]?.head ?? 0);
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
 *
 * An event about an address gets the user who has verified it here, and not when it is written: a request about an
 * address must not read accounts, so that its time does not reveal them.
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
      select nextval('event_position'), id, at, type, actor, coalesce(user_id, (
          select users.id from users where email_key = verified_email and email_verified_at is not null
        )), session_id, flow_id, credential_id, ip_address, data
      from (select * from batch order by seq) ordered`.execute(tx);
  return Number(moved.numAffectedRows ?? 0);
}

/** Whether all committed events have a position, and none is after `position`. One cheap statement. */
export async function isLogQuiet(db: Kysely<Tables>, position: number): Promise<boolean> {
  const { rows } = await sql<{ quiet: boolean }>`
    select not exists (select from unsequenced_events)
      and not exists (select from events where position > ${position}) as quiet`.execute(db);
  return rows[0]?.quiet ?? false;
}

function toEvent(row: Selectable<EventRow>, pruned: number): AuthEvent {
  const { requestId, ...data } = row.data;
  return {
    position: Number(row.position),
    pruned,
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
 * Deletes personal data from the events about a deleted user, their `verifiedEmail` or their `flows`, and of refusals
 * of the hashed `names` before there was this user. This is the only change ever made to logged events.
 *
 * The sequencer can move events at the same time, from the first table to the second. We update the tables in that
 * order so that no moved event is missed.
 */
export async function forgetUsersEvents(
  db: Transaction<Tables>,
  userId: string,
  { flows = [], names = [], verifiedEmail = null }: {
    flows?: readonly string[];
    names?: readonly string[];
    verifiedEmail?: string | null;
  } = {},
): Promise<void> {
  if (verifiedEmail !== null) {
    await db.updateTable("unsequenced_events").set({ user_id: userId, verified_email: null })
      .where("verified_email", "=", verifiedEmail.toLowerCase()).execute();
  }
  for (const table of ["unsequenced_events", "events"] as const) {
    await sql`update ${sql.table(table)} set ip_address = null, data = data - ${PERSONAL}::text[]
      where user_id = ${userId} or (flow_id is not null and flow_id = any(${flows}))
        or (${FIELDS.subject.indexed} and ${FIELDS.subject.sql} = any(${names}))`
      .execute(db);
  }
}
