import type { EventLog } from "../../events/event_log.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import { endedSessions, findSession } from "./session_store.ts";
import { later } from "./issue_session.ts";
import type { Session, SessionLifetimes } from "./sessions.ts";
import { COOKIE_LEEWAY_SECONDS } from "./session_token.ts";

/** Behind by more than this, what this instance knows by itself may be a second old: then the database is asked. */
const MOST_LAG_SECONDS = 0.5;

/** Clocks of instances differ, and step: what has ended is remembered a little longer than any token passes. */
const MARGIN_SECONDS = 300;

/** Remembered at most, at some hundred bytes each. Beyond it, who is not among them is looked up. */
const MOST_REMEMBERED = 1_000_000;

/** How often what nobody can come with any more is forgotten. */
const FORGET_EVERY_MS = 60_000;

/** Which sessions have ended, known without a query. */
export type RevokedSessions = {
  /**
   * Whether the session has ended before its time. Answered from memory; when the event log's tail is behind, from
   * the database, and `Unavailable` is thrown when that cannot be asked either.
   */
  has(sessionId: string): boolean | Promise<boolean>;
  /** Makes known here at once that a session has ended. */
  add(sessionId: string, transport: Session["transport"], endedAt: Date): void;
  readonly size: number;
  close(): void;
};

type RevokedServices = HasDatabase & HasClock & { lifetimes: SessionLifetimes };

/**
 * Loads the sessions that ended while a token of theirs may still be about, and keeps up with the event log from
 * then on: a session ended on any instance is known here within a second.
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
  /** By id, until when a token of it may be about. */
  const revoked = new Map<string, number>();
  /** Until then a token of a session may be about that has ended and was not remembered. */
  let incompleteUntil = -Infinity;
  const add: RevokedSessions["add"] = (id, transport, endedAt) => {
    const until = later(endedAt, tokenSeconds[transport]).getTime();
    if (revoked.size < MOST_REMEMBERED) revoked.set(id, until);
    else incompleteUntil = Math.max(incompleteUntil, until);
  };

  // Listens first: what ends between the two is known twice, and nothing is missed.
  const stopListening = log.listen(["type:session.revoked"], ({ sessionId, at, data }) => {
    if (sessionId) add(sessionId, data["transport"] === "TOKENS" ? "TOKENS" : "COOKIE", at);
  });
  const since = { TOKENS: later(now(), -tokenSeconds.TOKENS), COOKIE: later(now(), -tokenSeconds.COOKIE) };
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

/** Knows the sessions that ended. */
export type HasRevokedSessions = { revokedSessions: RevokedSessions };
