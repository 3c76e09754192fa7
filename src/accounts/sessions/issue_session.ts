import { type NewEvent, newEvent, type Origin } from "../../events/events.ts";
import { newId } from "../../lib/ids.ts";
import type { SigningKeys } from "./signing_keys.ts";
import { Secret } from "../../lib/secret.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { Conditional } from "../../platform/db/conditional.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { Requirement } from "../states/requirements.ts";
import { enterAuth, enteringAuth } from "../states/transition.ts";
import type { Checked, NewUser, User } from "../users/users.ts";
import type { VerifiedTokenCache } from "./verified_token_cache.ts";
import { makeRefreshToken } from "./refresh_token.ts";
import { endSessionRow, insertSession, surplusSessions } from "./session_store.ts";
import { signSessionToken, type TokenIssuer } from "./session_token.ts";
import type { Session, SessionLifetimes, SessionLimits, SessionTransport } from "./sessions.ts";

/** What sessions are made with. */
export type SessionIssuer = SessionLimits & {
  signingKeys: SigningKeys;
  issuer: TokenIssuer;
  verifiedTokens: VerifiedTokenCache;
  lifetimes: SessionLifetimes;
  /** Whether guests sign in by the method of this id. */
  isForGuests: (method: string) => boolean;
  /** What the state AUTH takes: who does not meet it is signed in, and stays a VISITOR. */
  authRequirements: readonly Requirement[];
};

/** What a client with TOKENS is given; neither can be shown again. */
export type TokenPair = {
  accessToken: Secret;
  accessTokenExpiresAt: Date;
  refreshToken: Secret;
  refreshTokenExpiresAt: Date;
};

/** A session and what proves it: tokens for the answer, or the value of the cookie. */
export type SignedIn =
  & { session: Session; user?: User }
  & ({ tokens: TokenPair; cookie?: never } | { cookie: Secret; tokens?: never });

/** Who signs in, and how. */
export type NewSignIn = {
  userId: string;
  /** The id of a sign-in method. */
  method: string;
  transport: SessionTransport;
  /** What must hold still of a user who is there. */
  checked?: Checked;
  /** The user, when they are stored with this. */
  newUser?: NewUser;
  /** Written with the session, before `session.issued`. */
  events?: readonly NewEvent[];
  /** Updates and deletions that are done in the same statement, if the user is signed in. */
  extraStatements?: readonly Conditional[];
};

type IssueServices = HasDatabase & HasClock & HasKeys & HasSessionIssuer & HasMetrics & {
  /** In a transaction, what it has recorded: written with this, for the log to tell it in its order. */
  events?: NewEvent[];
};

/**
 * Signs the user in: stores a new session with a new id, notes the sign-in with the user, and records
 * `session.issued`, all in one statement. A new user is stored by it. A VISITOR then enters AUTH, also one who
 * went back before, and that is recorded as `state.changed`; a user who does not meet what AUTH requires, as no guest
 * does, stays a VISITOR. Returns undefined, and has done nothing, when the user is disabled or gone, or what was
 * checked does not hold any more.
 */
export async function issueSession(
  services: IssueServices,
  origin: Origin,
  { userId, method, transport, checked = {}, newUser, events = [], extraStatements = [] }: NewSignIn,
): Promise<SignedIn | undefined> {
  const { lifetimes } = services.sessions;
  const createdAt = services.now();
  const id = newId("ses");
  const endsAt = later(
    createdAt,
    transport === "TOKENS" ? lifetimes.refreshSeconds : lifetimes.cookieSeconds,
  );
  const idleEndsAt = transport === "TOKENS" ? later(createdAt, lifetimes.refreshIdleSeconds) : endsAt;
  const { ipAddress = null, userAgent = null } = origin;
  const refresh = transport === "TOKENS" ? makeRefreshToken(services.keys.current, id, 0) : undefined;
  const self: Origin = { ...origin, actor: `user:${userId}` };
  const issued = newEvent(services, "session.issued", self, { userId, sessionId: id }, { method, transport });
  const facts = { id, userId, method, transport, createdAt, ipAddress, userAgent };
  const { mostPerUser, authRequirements } = services.sessions;
  const recorded = services.events ?? [];
  const entering = newUser && enteringAuth(services, self, newUser, authRequirements);
  const done = await insertSession(services.db, {
    who: entering?.user ?? { id: userId, checked },
    session: { ...facts, endsAt, idleEndsAt, refreshHash: refresh?.hash ?? null },
    events: [...recorded, ...events, issued, ...(entering?.events ?? [])],
    extraStatements,
    most: mostPerUser,
  });
  if (!done) return undefined;
  recorded.length = 0;
  services.count("stateTransitions", entering?.events.length ?? 0);
  const user = newUser ? done.user : await enterAuth(services, self, done.user, authRequirements);
  if (done.others >= mostPerUser) await endSurplus(services, origin, userId);
  const expiresAt = idleEndsAt < endsAt ? idleEndsAt : endsAt;
  const session: Session = { ...facts, lastSeenAt: createdAt, expiresAt, endedAt: null };
  return refresh
    ? { user, session, tokens: tokenPair(services, session, refresh.token) }
    : { user, session, cookie: cookieToken(services, session) };
}

/** Ends the oldest sessions of a user who has too many. */
async function endSurplus(services: IssueServices, origin: Origin, userId: string): Promise<void> {
  const { db, now, sessions } = services;
  for (const { id, transport } of await surplusSessions(db, userId, sessions.mostPerUser)) {
    const data = { reason: "too_many", transport };
    const event = newEvent(services, "session.revoked", origin, { userId, sessionId: id }, data);
    await endSessionRow(db, id, now(), event);
  }
}

/** A new access token beside this refresh token. An access token never outlives its session. */
export function tokenPair(
  { sessions, now }: { sessions: SessionIssuer; now: () => Date },
  session: Session,
  refreshToken: string,
): TokenPair {
  const soon = later(now(), sessions.lifetimes.accessTokenSeconds);
  const expiresAt = soon < session.expiresAt ? soon : session.expiresAt;
  const claims = claimsOf(sessions, session, expiresAt);
  return {
    accessToken: new Secret(
      signSessionToken(sessions.signingKeys, sessions.issuer, "access", claims, now()),
    ),
    accessTokenExpiresAt: wholeSeconds(expiresAt),
    refreshToken: new Secret(refreshToken),
    refreshTokenExpiresAt: session.expiresAt,
  };
}

function cookieToken(
  { sessions, now }: { sessions: SessionIssuer; now: () => Date },
  session: Session,
): Secret {
  const claims = claimsOf(sessions, session, session.expiresAt);
  return new Secret(signSessionToken(sessions.signingKeys, sessions.issuer, "cookie", claims, now()));
}

function claimsOf(
  { isForGuests }: SessionIssuer,
  { userId, id, method, createdAt }: Session,
  expiresAt: Date,
) {
  return { userId, sessionId: id, isGuest: isForGuests(method), signedInAt: createdAt, expiresAt };
}

/** JWT's times are whole seconds (RFC 7519 §2): what we say is what the token says. */
function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

export function later(date: Date, seconds: number): Date {
  return new Date(date.getTime() + seconds * 1000);
}

/** Issues sessions. */
export type HasSessionIssuer = { sessions: SessionIssuer };
