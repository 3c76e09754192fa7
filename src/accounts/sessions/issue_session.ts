import { type NewEvent, newEvent, type Origin } from "../../events/events.ts";
import { amrOf, assuranceOf, type FactorKind } from "../../operations/assurance.ts";
import { startChallenge } from "../factors/challenge.ts";
import type { Flow } from "../../flows/flows.ts";
import type { HasRandom } from "../../lib/crypto.ts";
import { newId } from "../../lib/ids.ts";
import type { SigningAlgorithm } from "./signing_algorithms.ts";
import type { SigningKeys } from "./signing_keys.ts";
import { Secret } from "../../lib/secret.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { Conditional } from "../../platform/db/conditional.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { Requirement } from "../states/requirements.ts";
import { enterAuth, enteringAuth } from "../states/transition.ts";
import type { Checked, NewUser, TokenUser, User } from "../users/users.ts";
import type { VerifiedTokenCache } from "./verified_token_cache.ts";
import { type ClaimTemplate, renderClaims } from "./claim_template.ts";
import { makeRefreshToken } from "./refresh_token.ts";
import { endSessionRow, insertSession, surplusSessions } from "./session_store.ts";
import { type SessionClaims, signSessionToken, type TokenIssuer } from "./session_token.ts";
import type { Session, SessionLifetimes, SessionLimits, SessionTransport } from "./sessions.ts";

/** The configuration and keys with which sessions are issued. */
export type SessionIssuer = SessionLimits & {
  signingKeys: SigningKeys;
  signingAlgorithm: SigningAlgorithm;
  issuer: TokenIssuer;
  /** The `client_id` of access tokens. */
  clientId: string;
  /** Further claims of the access tokens of users with an account. */
  claims: ClaimTemplate;
  verifiedTokens: VerifiedTokenCache;
  lifetimes: SessionLifetimes;
  /** Whether the method with this id creates guests. */
  isForGuests: (method: string) => boolean;
  /** Returns the `amr` values of the method with this id. */
  amrOfMethod: (method: string) => readonly string[];
  /** The requirements of the state AUTH. A user who does not meet them is signed in, and stays a VISITOR. */
  authRequirements: readonly Requirement[];
};

/** The tokens of a session with the transport TOKENS. They are returned once and stored only as hashes. */
export type TokenPair = {
  accessToken: Secret;
  accessTokenExpiresAt: Date;
  refreshToken: Secret;
  refreshTokenExpiresAt: Date;
};

/** A session with its proof: tokens in the response, or the value of the cookie. */
export type SignedIn =
  & { session: Session; user?: User }
  & ({ tokens: TokenPair; cookie?: never } | { cookie: Secret; tokens?: never });

/** A sign-in to perform. */
export type NewSignIn = {
  userId: string;
  /** The id of a sign-in method. */
  method: string;
  transport: SessionTransport;
  /** The kinds of second factors that the sign-in has proven. Default: none. */
  factors?: readonly FactorKind[];
  /** When they were proven. Default: now. */
  authenticatedAt?: Date;
  /** What the sign-in relies on. It must still hold when the session is stored. */
  checked?: Checked;
  /** Set if the user is stored together with the session. */
  newUser?: NewUser;
  /** Written with the session, before `session.issued`. */
  events?: readonly NewEvent[];
  /** Updates and deletions in the same statement. They do not run if the sign-in is refused. */
  extraStatements?: readonly Conditional[];
};

/** The user must prove a second factor first. The flow contains the transport and the sealed result of the sign-in. */
export type SecondFactorRequired = { challenge: Flow };

/** The result of a sign-in that was not refused. */
export type SignInOutcome = SignedIn | SecondFactorRequired;

type IssueServices = HasDatabase & HasClock & HasKeys & HasRandom & HasSessionIssuer & HasMetrics & {
  /**
   * The events recorded in the transaction so far. This statement writes them first, to keep the order of the
   * log.
   */
  events?: NewEvent[];
};

/**
 * Finishes the sign-in of every method. Issues a session if the user has no second factor or the sign-in has proven
 * one; otherwise starts a SECOND_FACTOR flow. Returns undefined and changes nothing if the user is disabled or deleted,
 * or `checked` no longer holds.
 */
export async function issueSession(
  services: IssueServices,
  origin: Origin,
  signIn: NewSignIn,
): Promise<SignInOutcome | undefined> {
  return await storeSession(services, origin, signIn) ?? await startChallenge(services, origin, signIn);
}

/**
 * Signs the user in: stores the session, updates the user and records `session.issued`, in one statement.
 * Also stores a new user. A VISITOR who meets the requirements of AUTH then enters AUTH, even after an
 * earlier return to VISITOR, and `state.changed` is recorded. Guests stay VISITORs. Returns undefined and
 * changes nothing if the user is disabled or deleted, `checked` no longer holds, or a second factor is missing.
 */
async function storeSession(
  services: IssueServices,
  origin: Origin,
  signIn: NewSignIn,
): Promise<SignedIn | undefined> {
  const { userId, method, transport, factors = [], checked = {}, newUser } = signIn;
  const { events = [], extraStatements = [] } = signIn;
  const { lifetimes } = services.sessions;
  const createdAt = services.now();
  const authenticatedAt = signIn.authenticatedAt ?? createdAt;
  const id = newId("ses");
  const endsAt = addSeconds(
    createdAt,
    transport === "TOKENS" ? lifetimes.refreshSeconds : lifetimes.cookieSeconds,
  );
  const idleEndsAt = transport === "TOKENS" ? addSeconds(createdAt, lifetimes.refreshIdleSeconds) : endsAt;
  const { ipAddress = null, userAgent = null } = origin;
  const refresh = transport === "TOKENS" ? makeRefreshToken(services.keys.current, id, 0) : undefined;
  const self: Origin = { ...origin, actor: `user:${userId}` };
  const issued = newEvent(services, "session.issued", self, { userId, sessionId: id }, { method, transport });
  const facts = { id, userId, method, transport, factors, authenticatedAt, createdAt, ipAddress, userAgent };
  const { mostPerUser, authRequirements } = services.sessions;
  const recorded = services.events ?? [];
  const entering = newUser && enteringAuth(services, self, newUser, authRequirements);
  const done = await insertSession(services.db, {
    user: entering?.user ?? { id: userId, checked },
    session: { ...facts, endsAt, idleEndsAt, refreshHash: refresh?.hash ?? null },
    events: [...recorded, ...events, issued, ...(entering?.events ?? [])],
    extraStatements,
    most: mostPerUser,
  });
  if (!done) return undefined;
  recorded.length = 0;
  services.count("stateTransitions", entering?.events.length ?? 0);
  const user = newUser
    ? done.user
    : await enterAuth(services, self, done.user, authRequirements, assuranceOf(factors));
  if (done.others >= mostPerUser) await endSurplus(services, origin, userId);
  const expiresAt = idleEndsAt < endsAt ? idleEndsAt : endsAt;
  const session: Session = {
    ...facts,
    lastSeenAt: createdAt,
    expiresAt,
    endedAt: null,
  };
  return refresh
    ? { user, session, tokens: tokenPair(services, session, user, refresh.token) }
    : { user, session, cookie: cookieToken(services, session) };
}

/** Ends the oldest sessions above the limit of the user. */
async function endSurplus(services: IssueServices, origin: Origin, userId: string): Promise<void> {
  const { db, now, sessions } = services;
  for (const { id, transport } of await surplusSessions(db, userId, sessions.mostPerUser)) {
    const data = { reason: "too_many", transport };
    const event = newEvent(services, "session.revoked", origin, { userId, sessionId: id }, data);
    await endSessionRow(db, id, now(), event);
  }
}

/** Creates an access token for this refresh token. The access token never outlives its session. */
export function tokenPair(
  { sessions, now }: { sessions: SessionIssuer; now: () => Date },
  session: Session,
  user: TokenUser,
  refreshToken: string,
): TokenPair {
  const soon = addSeconds(now(), sessions.lifetimes.accessTokenSeconds);
  const expiresAt = soon < session.expiresAt ? soon : session.expiresAt;
  const claims = claimsOf(sessions, session, expiresAt);
  const further = furtherClaims(sessions, claims, session, user);
  return {
    accessToken: new Secret(
      signSessionToken(sessions.signingKeys, sessions.issuer, "access", claims, now(), further),
    ),
    accessTokenExpiresAt: wholeSeconds(expiresAt),
    refreshToken: new Secret(refreshToken),
    refreshTokenExpiresAt: session.expiresAt,
  };
}

/** Guests get no configured claims: most gateways cannot tell guests from users (see `ClaimTemplate`). */
function furtherClaims(
  { clientId, claims, amrOfMethod }: SessionIssuer,
  subject: SessionClaims,
  { method, factors }: Session,
  user: TokenUser,
) {
  const configured = subject.isGuest ? {} : renderClaims(claims, { ...subject, user });
  const amr = amrOf(amrOfMethod(method), factors);
  return { ...configured, client_id: clientId, roles: user.roles, ...(amr.length > 0 && { amr }) };
}

/** Creates the value of the session's cookie. */
export function cookieToken(
  { sessions, now }: { sessions: SessionIssuer; now: () => Date },
  session: Session,
): Secret {
  const claims = claimsOf(sessions, session, session.expiresAt);
  return new Secret(signSessionToken(sessions.signingKeys, sessions.issuer, "cookie", claims, now()));
}

function claimsOf(
  { isForGuests }: SessionIssuer,
  { userId, id, method, factors, authenticatedAt }: Session,
  expiresAt: Date,
): SessionClaims {
  return {
    userId,
    sessionId: id,
    isGuest: isForGuests(method),
    signedInAt: authenticatedAt,
    assurance: assuranceOf(factors),
    expiresAt,
  };
}

/** Rounds down to whole seconds, as in the token (RFC 7519 §2). */
function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

export function addSeconds(date: Date, seconds: number): Date {
  return new Date(date.getTime() + seconds * 1000);
}

/** Issues sessions. */
export type HasSessionIssuer = { sessions: SessionIssuer };
