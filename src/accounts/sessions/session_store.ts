import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import type { Conditional } from "../../platform/db/conditional.ts";
import type { SessionRow, Tables } from "../../platform/db/tables.ts";
import type { NewEvent } from "../../events/events.ts";
import { changeWithEvents, ifChanged, insertForOwner, ownersEvent } from "../../events/write_events.ts";
import { firstIdAt } from "../../lib/ids.ts";
import { addressBlock } from "../../operations/limits/address_block.ts";
import type { FactorKind } from "../../operations/assurance.ts";
import { addSignedIn, type Checked, type NewUser, noteSignIn, toUser, type User } from "../users/users.ts";
import type { Session } from "./sessions.ts";

/** The stored data of a new session. */
export type NewSession = Omit<Session, "lastSeenAt" | "expiresAt" | "endedAt"> & {
  endsAt: Date;
  idleEndsAt: Date;
  refreshHash: Uint8Array | null;
};

/** The content of the statement that signs a user in. */
export type SignInStatement = {
  /** An existing user, for whom `checked` must still hold, or a new user to store. */
  user: NewUser | { id: string; checked: Checked };
  session: NewSession;
  events: readonly NewEvent[];
  extraStatements: readonly Conditional[];
  /** Existing sessions of the user are counted up to this number. */
  most: number;
};

/**
 * Signs a user in with one statement: updates or stores the user, stores the session, writes the events.
 * Returns the user and the number of other sessions. Returns undefined and does nothing if the user is
 * disabled or deleted, `checked` no longer holds, or a second factor is missing. Changes of these take the
 * user's row first, so either this statement sees the change or the change finds this session.
 */
export async function insertSession(
  db: Kysely<Tables>,
  { user, session, events, extraStatements, most }: SignInStatement,
): Promise<{ user: User; others: number } | undefined> {
  const signIn = { method: session.method, at: session.createdAt, factors: session.factors };
  const signedIn = "passwordHash" in user
    ? addSignedIn(db, user, signIn).returning(["id as user_id", sql<number>`0`.as("others")])
    : noteSignIn(db, user.id, user.checked, signIn).returning(["id as user_id", liveSessions(db, most)]);
  const stored = insertForOwner("sessions", toRow(session));
  const row = await changeWithEvents(db, signedIn, events, [stored, ...extraStatements.map(ifChanged)]);
  return row && { user: toUser(row), others: Number(row.others) };
}

/** Counts the user's sessions that have not ended, up to `most`. */
function liveSessions(db: Kysely<Tables>, most: number) {
  const some = db.selectFrom("sessions").select("id").whereRef("user_id", "=", sql.ref("users.id"))
    .where("ended_at", "is", null).limit(most);
  return db.selectFrom(some.as("live")).select(({ fn }) => fn.countAll<number>().as("count")).as("others");
}

function toRow(session: NewSession) {
  return {
    id: session.id,
    method: session.method,
    transport: session.transport,
    created_at: session.createdAt,
    last_seen_at: session.createdAt,
    ends_at: session.endsAt,
    idle_ends_at: session.idleEndsAt,
    ip_address: session.ipAddress,
    address_block: blockOf(session.ipAddress),
    user_agent: session.userAgent,
    generation: 0,
    refresh_hash: session.refreshHash,
    ...(session.factors.length > 0 && {
      factors: [...session.factors],
      authenticated_at: session.authenticatedAt,
    }),
  };
}

export async function findSession(db: Kysely<Tables>, id: string): Promise<Session | undefined> {
  return (await findSessions(db, [id])).get(id);
}

/** Returns the existing sessions of these ids, in one query. */
export async function findSessions(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<Map<string, Session>> {
  const rows = await db.selectFrom("sessions").selectAll().where(sql<boolean>`id = any(${ids})`).execute();
  return new Map(rows.map((row) => [row.id, toSession(row)]));
}

/** Returns the user's session and locks it until the transaction ends. Returns undefined if it has ended. */
export async function lockLiveSession(
  db: Transaction<Tables>,
  id: string,
  userId: string,
  now: Date,
): Promise<Session | undefined> {
  const row = await allLive(db, now).selectAll().where("id", "=", id).where("user_id", "=", userId)
    .forNoKeyUpdate().executeTakeFirst();
  return row && toSession(row);
}

/**
 * Adds a proven factor and the time of the proof to a locked session. Returns the session, and the generation and hash
 * of its newest refresh token.
 */
export async function raiseSession(
  db: Transaction<Tables>,
  { id, factors }: Session,
  proven: FactorKind,
  at: Date,
): Promise<{ session: Session; generation: number; refreshHash: Uint8Array | null }> {
  const row = await db.updateTable("sessions")
    .set({ factors: [...new Set([...factors, proven])].sort(), authenticated_at: at })
    .where("id", "=", id).returningAll().executeTakeFirstOrThrow();
  return { session: toSession(row), generation: row.generation, refreshHash: row.refresh_hash };
}

/** Maximum sessions listed per user, the newest first. */
const MOST_LISTED = 500;

/** Returns the user's live sessions, the newest first. */
export async function liveSessionsOf(db: Kysely<Tables>, userId: string, now: Date): Promise<Session[]> {
  const rows = await allLive(db, now).selectAll().where("user_id", "=", userId)
    .orderBy("id", "desc").limit(MOST_LISTED).execute();
  return rows.map(toSession);
}

/** Builds the query for the live sessions. */
export function allLive(db: Kysely<Tables>, now: Date) {
  return db.selectFrom("sessions")
    .where("ended_at", "is", null).where("ends_at", ">", now).where("idle_ends_at", ">", now);
}

/** Whether the session has not ended. */
export async function isSessionLive(db: Kysely<Tables>, id: string, now: Date): Promise<boolean> {
  return await allLive(db, now).select("id").where("id", "=", id).executeTakeFirst() !== undefined;
}

/** One session, or all sessions of a user, optionally except one. */
export type WhichSessions = { id: string } | { userId: string; except?: string };

/**
 * Ends those that have not ended, and returns them. With `forgetAddress`, their networks are no longer known
 * for the user.
 */
export async function endSessionRows(
  db: Transaction<Tables>,
  which: WhichSessions,
  now: Date,
  forgetAddress: boolean,
): Promise<Pick<Session, "id" | "userId" | "transport">[]> {
  const rows = await db.updateTable("sessions").set({ ended_at: now })
    .$if(forgetAddress, (query) => query.set({ address_block: null }))
    .where("ended_at", "is", null)
    .$if("id" in which, (query) => query.where("id", "=", "id" in which ? which.id : ""))
    .$if("userId" in which, (query) => query.where("user_id", "=", "userId" in which ? which.userId : ""))
    .$if("except" in which, (query) => query.where("id", "!=", "except" in which ? which.except ?? "" : ""))
    .returning(["id", "user_id", "transport"]).execute();
  return rows.map((row) => ({ id: row.id, userId: row.user_id, transport: row.transport }));
}

/** Invalidates existing device marks of the user whose sessions will end. */
export async function forgetDevices(db: Transaction<Tables>, which: WhichSessions, now: Date): Promise<void> {
  await db.updateTable("users").set({ devices_forgotten_at: now })
    .where(
      "id",
      "=",
      ({ val, selectFrom }) =>
        "userId" in which
          ? val(which.userId)
          : selectFrom("sessions").select("user_id").where("id", "=", which.id).where("ended_at", "is", null),
    )
    .execute();
}

/** Sessions ended at once if a user has too many. */
const SURPLUS_BATCH = 20;

/** Returns the oldest sessions of a user beyond the newest `most`. */
export async function surplusSessions(
  db: Kysely<Tables>,
  userId: string,
  most: number,
): Promise<Pick<Session, "id" | "transport">[]> {
  return await db.selectFrom("sessions").select(["id", "transport"]).where("user_id", "=", userId)
    .where("ended_at", "is", null).orderBy("id", "desc").offset(most).limit(SURPLUS_BATCH).execute();
}

/** Ends one session and writes `event`, in one statement, unless it has ended. Returns whether it did. */
export async function endSessionRow(
  db: Kysely<Tables>,
  id: string,
  at: Date,
  event: NewEvent,
): Promise<boolean> {
  const change = db.updateTable("sessions").set({ ended_at: at }).where("id", "=", id)
    .where("ended_at", "is", null).returning("user_id");
  return await changeWithEvents(db, change, [ownersEvent(event)]) !== undefined;
}

/**
 * Returns the sessions ended after `since`. Each transport has its own time, because their tokens have
 * different lifetimes.
 */
export async function endedSessions(
  db: Kysely<Tables>,
  since: { TOKENS: Date; COOKIE: Date },
): Promise<{ id: string; transport: Session["transport"]; endedAt: Date }[]> {
  const rows = await db.selectFrom("sessions").select(["id", "transport", "ended_at"]).where((eb) =>
    eb.or(
      (["TOKENS", "COOKIE"] as const).map((transport) =>
        eb.and([eb("ended_at", ">", since[transport]), eb("transport", "=", transport)])
      ),
    )
  ).execute();
  return rows.map((row) => ({ id: row.id, transport: row.transport, endedAt: row.ended_at ?? new Date(0) }));
}

/** Updates `last_seen_at` of these sessions. */
export async function noteSeen(db: Kysely<Tables>, ids: readonly string[], now: Date): Promise<void> {
  await sql`update sessions set last_seen_at = ${now} where id = any(${ids}) and last_seen_at < ${now}`
    .execute(db);
}

/** Whether the user has had a session from this address or its network. */
export function hadSessionFrom(userIdColumn: string, ipAddress: string | null) {
  return sql<boolean>`exists (select 1 from sessions where sessions.user_id = ${sql.ref(userIdColumn)}
    and sessions.address_block = ${blockOf(ipAddress)})`;
}

/** Deletes personal data from the sessions of a deleted user. The rows are pruned later. */
export async function forgetUsersSessions(db: Transaction<Tables>, userId: string): Promise<void> {
  await db.updateTable("sessions").set({ ip_address: null, address_block: null, user_agent: null }).where(
    "user_id",
    "=",
    userId,
  )
    .execute();
}

/** Deletes up to `limit` rows of each kind that no valid token can refer to. Returns how many. */
export async function pruneSessions(
  db: Kysely<Tables>,
  { endedBefore, begunBefore, limit }: { endedBefore: Date; begunBefore: Date; limit: number },
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from sessions where id in (
      (select id from sessions where ended_at < ${endedBefore} limit ${limit})
      union all (select id from sessions where id < ${firstIdAt("ses", begunBefore)} limit ${limit})
    )`.execute(db);
  return Number(numAffectedRows ?? 0);
}

function blockOf(ipAddress: string | null): string | null {
  return ipAddress === null ? null : addressBlock(ipAddress);
}

export function toSession(row: Selectable<SessionRow>): Session {
  return {
    id: row.id,
    userId: row.user_id,
    method: row.method,
    transport: row.transport,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.idle_ends_at < row.ends_at ? row.idle_ends_at : row.ends_at,
    ipAddress: row.ip_address,
    userAgent: row.user_agent,
    endedAt: row.ended_at,
    factors: row.factors,
    authenticatedAt: row.authenticated_at ?? row.created_at,
  };
}
