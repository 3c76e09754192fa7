import type { UserCaller } from "../../operations/caller.ts";
import { Unauthenticated } from "../../lib/errors.ts";
import type { HasSessionIssuer } from "./issue_session.ts";
import type { HasTimingFailures } from "./token_timing.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasRevokedSessions } from "./revoked_sessions.ts";
import type { SeenSessions } from "./seen_sessions.ts";
import { readSessionToken, type SessionTokenKind } from "./session_token.ts";

/** The services that authenticate a token. Authentication needs no query while the event log is up to date. */
export type SessionChecks = HasClock & HasSessionIssuer & HasRevokedSessions & HasTimingFailures & {
  seenSessions: SeenSessions;
};

/**
 * Returns the caller to whom the access token or session cookie belongs. Throws `Unauthenticated` if the
 * token is not ours, has the wrong kind or time, or its session has ended; the error does not say which.
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
    if (read.refused === "time") services.timingFailures.add(read.failure);
    throw new Unauthenticated();
  }
  const { userId, sessionId, isGuest, signedInAt, assurance, expiresAt } = read;
  const revoked = services.revokedSessions.has(sessionId);
  if (typeof revoked === "boolean" ? revoked : await revoked) throw new Unauthenticated();
  services.seenSessions.add(sessionId);
  const transport = kind === "cookie" ? "COOKIE" : "TOKENS";
  const signIn = { isGuest, signedInAt, assurance };
  return { kind: "user", userId, sessionId, transport, ...signIn, tokenExpiresAt: expiresAt };
}
