import { FLOOD_LIMITS } from "../../operations/limits/general_limits.ts";
import { equalBytes } from "../../lib/crypto.ts";
import { AuthError, Unavailable } from "../../lib/errors.ts";
import { logEvent, newEvent, type Origin, recordEvent } from "../../events/events.ts";
import { type HasEventLog, inTransaction } from "../../events/transaction.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasAllowances } from "../../operations/limits/allowances.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasRevokedSessions } from "./revoked_sessions.ts";
import { addSeconds, type HasSessionIssuer, type SignedIn, tokenPair } from "./issue_session.ts";
import {
  isGenuine,
  makeRefreshToken,
  readRefreshToken,
  type RefreshToken,
  remakeRefreshToken,
} from "./refresh_token.ts";
import { type Family, findFamily, rotateRefreshToken } from "./refresh_token_store.ts";
import { endSessions, type Session } from "./sessions.ts";

/** R2: within this time, parallel tabs and clients whose response was lost may repeat a refresh. */
const REPEAT_SECONDS = 10;

/** The refresh token is unknown, or its session was ended or has expired. One error for all. */
export class SessionEnded extends AuthError {
  readonly code = "SESSION_ENDED";
  constructor() {
    super("Cannot refresh: the session has ended, or there is no such session", {
      actionRequired: "Sign in again",
    });
  }
}

/** A used refresh token was presented again. It may have been stolen, so its session was ended. */
export class RefreshTokenReused extends AuthError {
  readonly code = "REFRESH_TOKEN_REUSED";
  constructor() {
    super("Cannot refresh: this token had been used before, so the session was ended for safety", {
      actionRequired: "Sign in again",
    });
  }
}

type RefreshServices =
  & HasClock
  & HasEventLog
  & HasKeys
  & HasSessionIssuer
  & HasMetrics
  & HasRevokedSessions
  & HasAllowances;

/**
 * Exchanges a refresh token for new tokens and consumes it (RFC 9700 §4.14.2).
 *
 * A session with TOKENS is a *family* of refresh tokens, numbered from 0. Each token is derived from the
 * server's key, the session id and its number. So every token has exactly one *successor*, which can be
 * returned again although only the hashes of the newest token and its *parent* are stored.
 *
 *     0 ──refresh──▶ 1 ──refresh──▶ 2 ──refresh──▶ 3
 *                                 parent         newest
 *
 *     newest            → consumed; its successor becomes the newest          session.refreshed
 *     parent, within 10 s of its first use
 *                       → *repeat*: returns the same successor again, with    session.refresh_repeated
 *                         a fresh access token
 *     older, or the parent later
 *                       → *end*: two clients hold the family, and we cannot   session.reuse_detected
 *                         tell which is the thief; both are signed out        session.revoked
 *     not made by us, or of a family that has ended
 *                       → rejected; nothing changes
 *
 * With the repeat, parallel tabs and clients whose response was lost (for example because the server crashed
 * after the commit) continue with the same successor. A longer repeat would let a thief and the owner take
 * turns undetected. One statement decides each race: of several parallel uses of the newest token one
 * rotates, and the others find it to be the parent.
 *
 * Malformed tokens cost no query.
 *
 * @throws `SessionEnded`, `RefreshTokenReused`, `RateLimited` or `Unavailable`.
 */
export async function refreshSession(
  services: RefreshServices,
  from: Origin,
  token: string,
): Promise<SignedIn> {
  const presented = readRefreshToken(token);
  if (!presented) throw new SessionEnded();
  const session = { key: presented.sessionId };
  services.allowances.check(FLOOD_LIMITS.refreshesPerSession, session);
  const rotated = await rotate(services, from, presented);
  // Charged after the rotation, so that forged tokens that only name the session do not use up its limit.
  if (rotated) await services.allowances.note(FLOOD_LIMITS.refreshesPerSession, session);
  const refreshed = rotated ?? await answerSpent(services, from, presented, token);
  services.count("refreshes");
  return refreshed;
}

/** Consumes the newest token; returns undefined if the token is not the newest of a live family. */
async function rotate(
  services: RefreshServices,
  from: Origin,
  { sessionId, generation, hash }: RefreshToken,
): Promise<SignedIn | undefined> {
  const next = makeRefreshToken(services.keys.current, sessionId, generation + 1);
  const at = services.now();
  const idleEndsAt = addSeconds(at, services.sessions.lifetimes.refreshIdleSeconds);
  const event = newEvent(services, "session.refreshed", from, { sessionId }, { generation: generation + 1 });
  const rotated = await rotateRefreshToken(
    services.db,
    { sessionId, presentedHash: hash, nextHash: next.hash, at, idleEndsAt },
    event,
  );
  if (!rotated) return undefined;
  services.wakeLog();
  const { session, user } = rotated;
  return { session, tokens: tokenPair(services, session, user, next.token) };
}

/** Handles a token that is not the newest of a live family. */
async function answerSpent(
  services: RefreshServices,
  from: Origin,
  presented: RefreshToken,
  token: string,
): Promise<SignedIn> {
  const family = await findFamily(services.db, presented.sessionId);
  if (!family || hasEnded(family.session, services.now())) throw new SessionEnded();
  if (isRepeat(family, presented, services.now())) {
    const successor = successorOf(services, family);
    // Made under a root key that is not in force here. That does not prove reuse, and an instance with the
    // key can answer.
    if (!successor) {
      throw new Unavailable("Cannot refresh here: the token's successor was made under another key");
    }
    return await repeat(services, from, family, successor);
  }
  if (!isSpent(services, family, presented, token)) throw new SessionEnded();
  await endFamily(services, from, family, presented);
  throw new RefreshTokenReused();
}

function hasEnded(session: Session, now: Date): boolean {
  return session.endedAt !== null || session.expiresAt <= now;
}

/**
 * Whether the token was the newest of the family earlier. Older tokens are recognized while their root key is
 * in force.
 */
function isSpent(
  { keys }: RefreshServices,
  family: Family,
  { generation, hash }: RefreshToken,
  token: string,
): boolean {
  const isParent = family.previousHash !== null && equalBytes(family.previousHash, hash);
  return isParent || (generation < family.generation && isGenuine(keys, token));
}

function isRepeat({ previousHash, rotatedAt }: Family, { hash }: RefreshToken, now: Date): boolean {
  return previousHash !== null && rotatedAt !== null && equalBytes(previousHash, hash) &&
    now <= addSeconds(rotatedAt, REPEAT_SECONDS);
}

function successorOf(
  { keys }: RefreshServices,
  { session, generation, refreshHash }: Family,
): string | undefined {
  return refreshHash ? remakeRefreshToken(keys, session.id, generation, refreshHash) : undefined;
}

async function repeat(
  services: RefreshServices,
  from: Origin,
  family: Family,
  successor: string,
): Promise<SignedIn> {
  const { session, user, generation } = family;
  await services.allowances.take(FLOOD_LIMITS.repeatsPerSession, { key: session.id });
  const origin: Origin = { ...from, actor: `user:${session.userId}` };
  await logEvent(services, "session.refresh_repeated", origin, subjectsOf(session), { generation });
  return { session, tokens: tokenPair(services, session, user, successor) };
}

/** Ends the family. Of several parallel callers, one records it. */
async function endFamily(
  services: RefreshServices,
  from: Origin,
  { session, generation }: Family,
  presented: RefreshToken,
): Promise<void> {
  await inTransaction(services, async (tx) => {
    if (await endSessions(tx, from, { id: session.id }, "refresh_token_reused") === 0) return;
    recordEvent(tx, "session.reuse_detected", from, subjectsOf(session), {
      generation,
      presented: presented.generation,
    });
  });
}

function subjectsOf({ id, userId }: Session) {
  return { sessionId: id, userId };
}
