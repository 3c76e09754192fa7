import { fromBase64Url, toBase64Url } from "../../lib/crypto.ts";
import { isId, newId } from "../../lib/ids.ts";
import type { SigningKeys } from "./signing_keys.ts";
import type { Genuine, VerifiedTokenCache } from "./verified_token_cache.ts";
import { timingDetails, type TimingFailure } from "./token_timing.ts";

/** The two signed tokens that stand for a session. Each is told by its `typ`, and neither passes for the other. */
export type SessionTokenKind = "access" | "cookie";

/**
 * `leewaySeconds` is what clocks may differ by: on iat and nbf of an access token, and on exp too of the cookie, which
 * nobody can renew.
 */
const KINDS = {
  access: { typ: "at+jwt", leewaySeconds: 5, expLeewaySeconds: 0 },
  cookie: { typ: "session+jwt", leewaySeconds: 300, expLeewaySeconds: 300 },
} as const;

/** R14, R13: how long after its `exp` the longest-lived token still passes. */
export const COOKIE_LEEWAY_SECONDS = KINDS.cookie.expLeewaySeconds;

/** Far above any token of ours, far below what would be work to look at. */
const MOST_TOKEN_LENGTH = 2_048;

/** Who says it and for whom: `iss` and `aud` of every token of this server. */
export type TokenIssuer = { issuer: string; audience: string };

/** What a token says of its session (RFC 9068 §2.2). */
export type SessionClaims = {
  userId: string;
  sessionId: string;
  isGuest: boolean;
  /** The sign-in itself, however often the token was renewed. */
  signedInAt: Date;
  expiresAt: Date;
};

/** Why a token does not pass. Only a token that is ours in everything else is refused for its time. */
export type TokenRefusal =
  | { refused: "not ours" }
  | { refused: "time"; failure: TimingFailure };

/** A signed token for these claims, whole seconds all. */
export function signSessionToken(
  keys: SigningKeys,
  { issuer, audience }: TokenIssuer,
  kind: SessionTokenKind,
  claims: SessionClaims,
  now: Date,
): string {
  const iat = inSeconds(now);
  const payload = {
    iss: issuer,
    aud: audience,
    sub: claims.userId,
    sid: claims.sessionId,
    // No nbf: it would say what iat says, and verifiers whose clock is a second behind would refuse the token.
    iat,
    exp: inSeconds(claims.expiresAt),
    auth_time: inSeconds(claims.signedInAt),
    jti: newId("jti"),
    ...(claims.isGuest && { guest: true }),
  };
  const { input, signature } = keys.sign((kid) =>
    `${encoded({ alg: "EdDSA", typ: KINDS[kind].typ, kid })}.${encoded(payload)}`
  );
  return `${input}.${toBase64Url(signature)}`;
}

/**
 * What the token says, if we signed it as this kind for this server and its time is right; or why not. Algorithm,
 * type, issuer and audience are pinned (RFC 8725 §3), and a part that is not canonical base64url is refused before
 * anything reads it. No token passes longer than `mostSeconds` after it was made, also when it was made to live longer:
 * what has ended is remembered for so long. Whether the session has ended meanwhile is not checked here.
 */
export function readSessionToken(
  { signingKeys, verifiedTokens, issuer }: TokenChecks,
  kind: SessionTokenKind,
  mostSeconds: number,
  token: string,
  now: Date,
): SessionClaims | TokenRefusal | Promise<SessionClaims | TokenRefusal> {
  const text = `${kind} ${token}`;
  const checked = (genuine: Genuine | undefined) => {
    if (!genuine) return NOT_OURS;
    const exp = Math.min(Number(genuine.claims["exp"]), Number(genuine.claims["iat"]) + mostSeconds);
    const claims = { ...genuine.claims, exp };
    const said = claimsOf(claims);
    if (!said) return NOT_OURS;
    const claim = outOfTime(kind, claims, now);
    if (!claim) return said;
    const { userId, sessionId } = said;
    const timing = timingDetails(claims, now);
    return {
      refused: "time",
      failure: { kind, claim, timing, about: sessionId, userId, sessionId },
    } as const;
  };
  const known = verifiedTokens.get(text);
  if (known && signingKeys.has(known.kid)) return checked(known);
  return checkSignature(signingKeys, issuer, kind, token).then((genuine) => {
    if (genuine) verifiedTokens.add(text, genuine);
    return checked(genuine);
  });
}

/** What telling whether a token is ours takes. */
export type TokenChecks = {
  signingKeys: SigningKeys;
  verifiedTokens: VerifiedTokenCache;
  issuer: TokenIssuer;
};

/** What the token says, if we signed it as this kind for this server, whatever its times. */
async function checkSignature(
  keys: SigningKeys,
  { issuer, audience }: TokenIssuer,
  kind: SessionTokenKind,
  token: string,
): Promise<Genuine | undefined> {
  const parts = token.length <= MOST_TOKEN_LENGTH ? token.split(".") : [];
  const [header, payload, signature] = parts.map((part) => fromBase64Url(part));
  if (parts.length !== 3 || !header || !payload || !signature) return undefined;
  const { alg, typ, kid, ...more } = parsed(header);
  if (alg !== "EdDSA" || typ !== KINDS[kind].typ || typeof kid !== "string" || Object.keys(more).length > 0) {
    return undefined;
  }
  if (!await keys.verify(kid, `${parts[0]}.${parts[1]}`, signature)) return undefined;
  const claims = parsed(payload);
  if (claims["iss"] !== issuer || claims["aud"] !== audience) return undefined;
  const times = [claims["iat"], notBefore(claims), claims["exp"], claims["auth_time"]];
  return times.every(isInstant) ? { kid, claims } : undefined;
}

const NOT_OURS: TokenRefusal = { refused: "not ours" };

/** The last second that a `Date` can hold. */
const LAST_SECOND = 8.64e12;

function isInstant(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LAST_SECOND;
}

/** The first claim for which it is too early, or too late; undefined when the time is right. */
function outOfTime(
  kind: SessionTokenKind,
  claims: Record<string, unknown>,
  now: Date,
): TimingFailure["claim"] | undefined {
  const { leewaySeconds, expLeewaySeconds } = KINDS[kind];
  const at = now.getTime() / 1000;
  const hasCome = (time: unknown) => Number(time) <= at + leewaySeconds;
  if (!hasCome(claims["iat"])) return "iat";
  if (!hasCome(notBefore(claims))) return "nbf";
  return at < Number(claims["exp"]) + expLeewaySeconds ? undefined : "exp";
}

/** `nbf`, which tokens of earlier versions have; otherwise `iat`. */
function notBefore(claims: Record<string, unknown>): unknown {
  return "nbf" in claims ? claims["nbf"] : claims["iat"];
}

function claimsOf({ sub, sid, auth_time, exp, guest }: Record<string, unknown>): SessionClaims | undefined {
  if (typeof sub !== "string" || typeof sid !== "string" || !isId("usr", sub) || !isId("ses", sid)) {
    return undefined;
  }
  return {
    userId: sub,
    sessionId: sid,
    isGuest: guest === true,
    signedInAt: new Date(Number(auth_time) * 1000),
    expiresAt: new Date(Number(exp) * 1000),
  };
}

function parsed(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  } catch {
    return {};
  }
}

function encoded(value: unknown): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify(value)));
}

function inSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
