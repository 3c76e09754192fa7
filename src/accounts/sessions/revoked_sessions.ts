import type { EventLog } from "../../events/event_log.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import { endedSessions, findSession } from "./session_store.ts";
import { addSeconds } from "./issue_session.ts";
import type { Session, SessionLifetimes } from "./sessions.ts";
import { COOKIE_LEEWAY_SECONDS } from "./session_token.ts";

/** If the event log lags by more than this, the memory may be one second old, so the database is asked. */
const MOST_LAG_SECONDS = 0.5;

/** Added to token lifetimes, because the clocks of instances differ. */
const MARGIN_SECONDS = 300;

/** About one hundred bytes each. Once the memory is full, unknown sessions are looked up in the database. */
const MOST_REMEMBERED = 1_000_000;

/** How often entries whose tokens have expired are deleted. */
const FORGET_EVERY_MS = 60_000;

/** Knows without a query which sessions have ended. */
export type RevokedSessions = {
  /**
   * Whether the session was ended before its expiry. Answered from memory or, if the event log lags, from the
   * database. Throws `Unavailable` if the database is away too.
   */
  has(sessionId: string): boolean | Promise<boolean>;
  /** Adds an ended session on this instance immediately. */
  add(sessionId: string, transport: Session["transport"], endedAt: Date): void;
  readonly size: number;
  close(): void;
};

type RevokedServices = HasDatabase & HasClock & { lifetimes: SessionLifetimes };

/**
 * Loads the ended sessions whose tokens may still be in use, then follows the event log: a session ended on
 * any instance is known here within one second.
 */
export async function trackRevokedSessions(
  services: RevokedServices,
  log: EventLog,
): Promise<RevokedSessions> {
  const { db, now, lifetimes } = services;
  const tokenSeconds = {
    TOKENS: lifetimes.accessTokenSeconds + MARGIN_SECONDS,
    COOKIE: lifetimes.cookieSeconds + COOKIE_LEEWAY_SECONDS + MARGIN_SECONDS,
  };
  /** By session id, the time until which its tokens may be in use. */
  const revoked = new Map<string, number>();
  /** Until this time, tokens of ended sessions above the limit may be in use. */
  let incompleteUntil = -Infinity;
  const add: RevokedSessions["add"] = (id, transport, endedAt) => {
    const until = addSeconds(endedAt, tokenSeconds[transport]).getTime();
    if (revoked.size < MOST_REMEMBERED) revoked.set(id, until);
    else incompleteUntil = Math.max(incompleteUntil, until);
  };

  // Subscribes before loading, so that no session is missed between the two. Some are added twice.
  const stopListening = log.listen(["type:session.revoked"], ({ sessionId, at, data }) => {
    if (sessionId) add(sessionId, data["transport"] === "TOKENS" ? "TOKENS" : "COOKIE", at);
  });
  const since = {
    TOKENS: addSeconds(now(), -tokenSeconds.TOKENS),
    COOKIE: addSeconds(now(), -tokenSeconds.COOKIE),
  };
  for (const { id, transport, endedAt } of await endedSessions(db, since)) add(id, transport, endedAt);
  const timer = setInterval(() => {
    const time = now().getTime();
    for (const [id, until] of revoked) if (until < time) revoked.delete(id);
  }, FORGET_EVERY_MS);

  return {
    add,
    has: (sessionId) => {
      if (revoked.has(sessionId)) return true;
      if (log.lagSeconds <= MOST_LAG_SECONDS && now().getTime() > incompleteUntil) return false;
      return findSession(db, sessionId).then((session) => session === undefined || session.endedAt !== null);
    },
    get size() {
      return revoked.size;
    },
    close: () => {
      clearInterval(timer);
      stopListening();
    },
  };
}

/** Provides the ended sessions. */
export type HasRevokedSessions = { revokedSessions: RevokedSessions };
