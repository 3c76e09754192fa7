import { type Caller, mayAct, originOf, personOf } from "../../operations/caller.ts";
import { AuthError } from "../../lib/errors.ts";
import { newEvent, type Origin, recordEvent } from "../../events/events.ts";
import { isId } from "../../lib/ids.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasSessionIssuer } from "./issue_session.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasRevokedSessions } from "./revoked_sessions.ts";
import {
  endSessionRow,
  endSessionRows,
  findSession,
  forgetDevices,
  pruneSessions,
  type WhichSessions,
} from "./session_store.ts";

/** Sessions as they are stored, for whoever has made sure of the caller's right. */
export {
  findSessions,
  forgetUsersSessions,
  hadSessionFrom,
  liveSessionsOf,
  pageOfSessions,
  type WhichSessions,
} from "./session_store.ts";

export type SessionTransport = "TOKENS" | "COOKIE";

/** One signed-in device. */
export type Session = {
  id: string;
  userId: string;
  /** The id of a sign-in method. */
  method: string;
  transport: SessionTransport;
  createdAt: Date;
  lastSeenAt: Date;
  /** Its end, unless it is used before and may go on. */
  expiresAt: Date;
  ipAddress: string | null;
  userAgent: string | null;
  endedAt: Date | null;
};

/** How long sessions and their tokens live. */
export type SessionLifetimes = {
  accessTokenSeconds: number;
  /** A session with TOKENS: in all, and without being used. */
  refreshSeconds: number;
  refreshIdleSeconds: number;
  cookieSeconds: number;
};

/** A user may have so many; a further sign-in ends the oldest. */
export type SessionLimits = { mostPerUser: number };

/** Why a session was ended before its time. */
export type EndReason =
  | "signed_out"
  | "revoked"
  | "password_changed"
  | "password_reset"
  | "user_disabled"
  | "user_deleted"
  | "refresh_token_reused"
  | "guest_upgraded"
  | "guest_merged"
  | "guest_reaped"
  | "unproven"
  | "too_many";

/** Where it may have been somebody else's: its address is not known as the user's by it. */
const SUSPECT: readonly EndReason[] = ["password_reset", "refresh_token_reused", "unproven"];

/**
 * After these, marks of device cookies that another person may have got count no more: whenever a user's sessions end
 * for their safety.
 */
const FORGETS_DEVICES: readonly EndReason[] = [...SUSPECT, "password_changed", "user_disabled"];

/** No session of this id exists, or it is somebody else's: one answer for both. */
export class SessionNotFound extends AuthError {
  readonly code = "INVALID_INPUT";
  constructor() {
    super("Cannot find this session: it does not exist, has ended, or is somebody else's", {
      actionRequired: "List the sessions and take the id from there",
    });
  }
}

/**
 * Ends sessions and records `session.revoked` for each. Their tokens pass here no more once that is committed and
 * nowhere within a second, and their open subscriptions end. Returns how many there were; those that have ended
 * already stay as they are.
 */
export async function endSessions(
  tx: Tx<HasDatabase & HasClock & HasRevokedSessions>,
  origin: Origin,
  which: WhichSessions,
  reason: EndReason,
): Promise<number> {
  const now = tx.now();
  // The user's row first, as a sign-in takes it.
  if (FORGETS_DEVICES.includes(reason) || (reason === "revoked" && "userId" in which)) {
    await forgetDevices(tx.db, which, now);
  }
  const ended = await endSessionRows(tx.db, which, now, SUSPECT.includes(reason));
  // The other instances learn it from the log; this one must not take as long.
  tx.afterCommit(() => ended.forEach(({ id, transport }) => tx.revokedSessions.add(id, transport, now)));
  for (const { id, userId, transport } of ended) {
    recordEvent(tx, "session.revoked", origin, { sessionId: id, userId }, { reason, transport });
  }
  return ended.length;
}

type SessionServices = HasClock & HasEventLog & HasRevokedSessions;

/** Ends the session that the caller came with; two, when they came with a token and with the cookie of another. */
export async function signOut(services: SessionServices, caller: Caller): Promise<void> {
  const { userId, sessionId, cookieSessionId, transport } = personOf(caller);
  const own = [{ id: sessionId, transport }, { id: cookieSessionId, transport: "COOKIE" as const }];
  for (const { id, transport } of own) {
    if (id === undefined) continue;
    const now = services.now();
    const data = { reason: "signed_out", transport };
    const event = newEvent(services, "session.revoked", originOf(caller), { userId, sessionId: id }, data);
    if (!await endSessionRow(services.db, id, now, event)) continue;
    services.revokedSessions.add(id, transport, now);
    services.wakeLog();
  }
}

/** Ends one of the caller's own sessions, or any for an operator. Throws `SessionNotFound`. */
export async function revokeSession(services: SessionServices, caller: Caller, id: string): Promise<void> {
  await inTransaction(services, async (tx) => {
    const session = isId("ses", id) ? await findSession(tx.db, id) : undefined;
    if (!session || session.endedAt || !mayAct(caller, "OPERATE", session.userId)) {
      throw new SessionNotFound();
    }
    await endSessions(tx, originOf(caller), { id }, "revoked");
  });
}

/** Ends all of the caller's sessions but the present one. Returns how many. */
export async function revokeOtherSessions(services: SessionServices, caller: Caller): Promise<number> {
  const { userId, sessionId } = personOf(caller);
  return await inTransaction(
    services,
    (tx) => endSessions(tx, originOf(caller), { userId, except: sessionId }, "revoked"),
  );
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Sessions deleted in one statement. */
const PRUNE_BATCH = 1_000;

/** Deletes sessions that ended so long ago, or began so long ago, that no token that names them can be valid. */
export async function forgetEndedSessions(
  { db, now, sessions: { lifetimes } }: HasDatabase & HasClock & HasSessionIssuer,
): Promise<void> {
  const longestSeconds = Math.max(lifetimes.refreshSeconds, lifetimes.cookieSeconds);
  // A day more than any token's life and leeway.
  const endedBefore = new Date(now().getTime() - lifetimes.cookieSeconds * 1000 - DAY_MS);
  const begunBefore = new Date(now().getTime() - longestSeconds * 1000 - DAY_MS);
  while (await pruneSessions(db, { endedBefore, begunBefore, limit: PRUNE_BATCH }) > 0);
}
