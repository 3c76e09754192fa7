import { type Caller, mayAct, originOf, personOf } from "../../operations/caller.ts";
import { AuthError } from "../../lib/errors.ts";
import { newEvent, type Origin, recordEvent } from "../../events/events.ts";
import { isId } from "../../lib/ids.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import type { FactorKind } from "../../operations/assurance.ts";
import { SECOND_FACTOR } from "../factors/factor_terms.ts";
import { cancelFlowsOf } from "../../flows/flows.ts";
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

/** Store functions. The caller must check permissions first. */
export {
  findSession,
  findSessions,
  forgetUsersSessions,
  hadSessionFrom,
  liveSessionsOf,
  raiseSession,
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
  /** When it ends if it is not used before. */
  expiresAt: Date;
  ipAddress: string | null;
  userAgent: string | null;
  endedAt: Date | null;
  /** The kinds of second factors that it has proven, sorted. */
  factors: readonly FactorKind[];
  /** When the user signed in, or last proved a factor in it. */
  authenticatedAt: Date;
};

/** Lifetimes of sessions and their tokens. */
export type SessionLifetimes = {
  accessTokenSeconds: number;
  /** A session with TOKENS: maximum lifetime, and maximum time without use. */
  refreshSeconds: number;
  refreshIdleSeconds: number;
  cookieSeconds: number;
};

/** Maximum sessions of a user. A further sign-in ends the oldest. */
export type SessionLimits = { mostPerUser: number };

/** Why a session was ended before its expiry. */
export type EndReason =
  | "signed_out"
  | "revoked"
  | "password_changed"
  | "password_reset"
  | "user_disabled"
  | "user_deleted"
  | "factor_added"
  | "factor_removed"
  | "factors_reset"
  | "refresh_token_reused"
  | "guest_upgraded"
  | "guest_merged"
  | "guest_reaped"
  | "unproven"
  | "too_many";

/** Reasons for which the session may have been an attacker's: its network no longer counts as known to the user. */
const SUSPECT: readonly EndReason[] = ["password_reset", "refresh_token_reused", "unproven"];

/** Reasons that invalidate device marks, because an attacker may have obtained one. */
const FORGETS_DEVICES: readonly EndReason[] = [
  ...SUSPECT,
  "password_changed",
  "user_disabled",
  "factors_reset",
];

/** No session of this id exists, or it belongs to another user. One error for both, so ids cannot be probed. */
export class SessionNotFound extends AuthError {
  readonly code = "INVALID_INPUT";
  constructor() {
    super("Cannot find this session: it does not exist, has ended, or belongs to another user", {
      actionRequired: "List the sessions and take the id from there",
    });
  }
}

/**
 * Ends sessions, records `session.revoked` for each, and closes their subscriptions. For the sessions of a user, also
 * cancels the user's flows that wait for a second factor. After the commit, this instance rejects the tokens at once,
 * and all others within one second. Returns how many were ended; sessions that had already ended do not change.
 */
export async function endSessions(
  tx: Tx<HasDatabase & HasClock & HasRevokedSessions>,
  origin: Origin,
  which: WhichSessions,
  reason: EndReason,
): Promise<number> {
  const now = tx.now();
  // Takes the user's row first, like a sign-in.
  if (FORGETS_DEVICES.includes(reason) || (reason === "revoked" && "userId" in which)) {
    await forgetDevices(tx.db, which, now);
  }
  if ("userId" in which) await cancelFlowsOf(tx, origin, which.userId, SECOND_FACTOR);
  const ended = await endSessionRows(tx.db, which, now, SUSPECT.includes(reason));
  // Other instances learn it from the log. This instance must not wait for that.
  tx.afterCommit(() => ended.forEach(({ id, transport }) => tx.revokedSessions.add(id, transport, now)));
  for (const { id, userId, transport } of ended) {
    recordEvent(tx, "session.revoked", origin, { sessionId: id, userId }, { reason, transport });
  }
  return ended.length;
}

type SessionServices = HasClock & HasEventLog & HasRevokedSessions;

/** Ends the caller's session. If the caller sent a token and the cookie of another session, ends both. */
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

/** Ends one of the caller's own sessions, or any session for an operator. Throws `SessionNotFound`. */
export async function revokeSession(services: SessionServices, caller: Caller, id: string): Promise<void> {
  await inTransaction(services, async (tx) => {
    const session = isId("ses", id) ? await findSession(tx.db, id) : undefined;
    if (!session || session.endedAt || !mayAct(caller, "OPERATE", session.userId)) {
      throw new SessionNotFound();
    }
    await endSessions(tx, originOf(caller), { id }, "revoked");
  });
}

/** Ends all sessions of the caller except the current one. Returns how many. */
export async function revokeOtherSessions(services: SessionServices, caller: Caller): Promise<number> {
  const { userId, sessionId } = personOf(caller);
  return await inTransaction(
    services,
    (tx) => endSessions(tx, originOf(caller), { userId, except: sessionId }, "revoked"),
  );
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Sessions deleted per statement. */
const PRUNE_BATCH = 1_000;

/** Deletes sessions that ended or began so long ago that no valid token can refer to them. */
export async function forgetEndedSessions(
  { db, now, sessions: { lifetimes } }: HasDatabase & HasClock & HasSessionIssuer,
): Promise<void> {
  const longestSeconds = Math.max(lifetimes.refreshSeconds, lifetimes.cookieSeconds);
  // One day more than the lifetime and leeway of any token.
  const endedBefore = new Date(now().getTime() - lifetimes.cookieSeconds * 1000 - DAY_MS);
  const begunBefore = new Date(now().getTime() - longestSeconds * 1000 - DAY_MS);
  while (await pruneSessions(db, { endedBefore, begunBefore, limit: PRUNE_BATCH }) > 0);
}
