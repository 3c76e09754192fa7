import type { ExpiredGuest, UserCaller } from "../../operations/caller.ts";
import { Unauthenticated } from "../../lib/errors.ts";
import type { HasSessionIssuer } from "./issue_session.ts";
import type { HasTimingFailures } from "./token_timing.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasRevokedSessions } from "./revoked_sessions.ts";
import type { SeenSessions } from "./seen_sessions.ts";
import { isSessionLive } from "./session_store.ts";
import { readSessionToken, type SessionClaims, type SessionTokenKind } from "./session_token.ts";

/** The services that authenticate a token. Authentication needs no query while the event log is up to date. */
export type SessionChecks = HasClock & HasSessionIssuer & HasRevokedSessions & HasTimingFailures & {
  seenSessions: SeenSessions;
};

/** The token is ours and has expired. Its session may have ended too. */
export class TokenExpired extends Unauthenticated {
  readonly #session: SessionClaims;
  constructor(session: SessionClaims) {
    super();
    this.#session = session;
  }

  /** Returns the guest that has the token; undefined if it is a user's. */
  guest({ db, now }: HasDatabase & HasClock): ExpiredGuest | undefined {
    const { isGuest, sessionId } = this.#session;
    return isGuest ? { isLive: () => isSessionLive(db, sessionId, now()) } : undefined;
  }
}

/**
 * Returns the caller to whom the access token or session cookie belongs. Throws `Unauthenticated` if the
 * token is not ours, has the wrong kind or time, or its session has ended; callers never learn which.
 */
export async function authenticateSession(
  services: SessionChecks,
  kind: SessionTokenKind,
  token: string,
): Promise<UserCaller> {
  const { lifetimes } = services.sessions;
  const mostSeconds = kind === "cookie" ? lifetimes.cookieSeconds : lifetimes.accessTokenSeconds;
  const read = await readSessionToken(services.sessions, kind, mostSeconds, token, services.now());
  if ("refused" in read) {
    if (read.refused !== "time") throw new Unauthenticated();
    services.timingFailures.add(read.failure);
    throw read.failure.claim === "exp" ? new TokenExpired(read.session) : new Unauthenticated();
  }
  const { userId, sessionId, isGuest, signedInAt, assurance, expiresAt } = read;
  const revoked = services.revokedSessions.has(sessionId);
  if (typeof revoked === "boolean" ? revoked : await revoked) throw new Unauthenticated();
  services.seenSessions.add(sessionId);
  const transport = kind === "cookie" ? "COOKIE" : "TOKENS";
  const signIn = { isGuest, signedInAt, assurance };
  return { kind: "user", userId, sessionId, transport, ...signIn, tokenExpiresAt: expiresAt };
}
