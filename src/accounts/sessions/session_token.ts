import { fromBase64Url, toBase64Url } from "../../lib/crypto.ts";
import { acrOf, type Assurance, assuranceFrom } from "../../operations/assurance.ts";
import { isId, newId } from "../../lib/ids.ts";
import type { SigningKeys } from "./signing_keys.ts";
import type { VerifiedToken, VerifiedTokenCache } from "./verified_token_cache.ts";
import { timingDetails, type TimingFailure } from "./token_timing.ts";

/** The two kinds of signed session tokens. Their `typ` differs, and neither is accepted as the other. */
export type SessionTokenKind = "access" | "cookie";

/**
 * `leewaySeconds` is the allowed clock difference for iat and nbf, `expLeewaySeconds` for exp. The cookie has
 * leeway on exp too, because it cannot be renewed.
 */
const KINDS = {
  access: { typ: "at+jwt", leewaySeconds: 5, expLeewaySeconds: 0 },
  cookie: { typ: "session+jwt", leewaySeconds: 300, expLeewaySeconds: 300 },
} as const;

/** R14, R13: how long after its `exp` a cookie is still accepted. */
export const COOKIE_LEEWAY_SECONDS = KINDS.cookie.expLeewaySeconds;

/** Above the length of our longest token, and short enough to parse cheaply. */
const MOST_TOKEN_LENGTH = 6_144;

/** The `iss` and `aud` of all tokens of this server. */
export type TokenIssuer = { issuer: string; audience: string };

/** The claims about the session (RFC 9068 §2.2). */
export type SessionClaims = {
  userId: string;
  sessionId: string;
  isGuest: boolean;
  /** When the user signed in or last proved a factor. Renewing the token does not change it. */
  signedInAt: Date;
  assurance: Assurance;
  expiresAt: Date;
};

/** Why a token is rejected. `time` means that everything else about the token is valid. */
export type TokenRefusal =
  | { refused: "not ours" }
  | { refused: "time"; failure: TimingFailure; session: SessionClaims };

/** Signs a token with these claims, which override `further` ones. Times are rounded down to whole seconds. */
export function signSessionToken(
  keys: SigningKeys,
  { issuer, audience }: TokenIssuer,
  kind: SessionTokenKind,
  claims: SessionClaims,
  now: Date,
  further: Record<string, unknown> = {},
): string {
  const iat = inSeconds(now);
  const payload = {
    ...further,
    iss: issuer,
    aud: audience,
    sub: claims.userId,
    sid: claims.sessionId,
    // No nbf: it would equal iat, and verifiers whose clock is one second behind would reject the token.
    iat,
    exp: inSeconds(claims.expiresAt),
    auth_time: inSeconds(claims.signedInAt),
    acr: acrOf(claims.assurance),
    jti: newId("jti"),
    ...(claims.isGuest && { guest: true }),
  };
  const { input, signature } = keys.sign((kid, alg) =>
    `${encoded({ alg, typ: KINDS[kind].typ, kid })}.${encoded(payload)}`
  );
  return `${input}.${toBase64Url(signature)}`;
}

/**
 * Verifies that we signed the token as this kind for this server and that its times are valid. Returns its
 * claims or the reason for rejecting it. Algorithm, type, issuer and audience are pinned (RFC 8725 §3), and
 * non-canonical base64url is rejected before parsing. A token is rejected `mostSeconds` after its iat, even
 * if its exp is later, because ended sessions are remembered only that long. Does not check whether the
 * session has ended.
 */
export function readSessionToken(
  { signingKeys, verifiedTokens, issuer }: TokenChecks,
  kind: SessionTokenKind,
  mostSeconds: number,
  token: string,
  now: Date,
): SessionClaims | TokenRefusal | Promise<SessionClaims | TokenRefusal> {
  const text = `${kind} ${token}`;
  const checked = (verified: VerifiedToken | undefined) => {
    if (!verified) return NOT_OURS;
    const exp = Math.min(Number(verified.claims["exp"]), Number(verified.claims["iat"]) + mostSeconds);
    const claims = { ...verified.claims, exp };
    const session = claimsOf(claims);
    if (!session) return NOT_OURS;
    const claim = outOfTime(kind, claims, now);
    if (!claim) return session;
    const { userId, sessionId } = session;
    const timing = timingDetails(claims, now);
    return {
      refused: "time",
      session,
      failure: { kind, claim, timing, about: sessionId, userId, sessionId },
    } as const;
  };
  const known = verifiedTokens.get(text);
  if (known && signingKeys.has(known.kid)) return checked(known);
  return checkSignature(signingKeys, issuer, kind, token).then((verified) => {
    if (verified) verifiedTokens.add(text, verified);
    return checked(verified);
  });
}

/** The services that verify a token. */
export type TokenChecks = {
  signingKeys: SigningKeys;
  verifiedTokens: VerifiedTokenCache;
  issuer: TokenIssuer;
};

/** Verifies the token except for its times. Returns undefined if it is not ours. */
async function checkSignature(
  keys: SigningKeys,
  { issuer, audience }: TokenIssuer,
  kind: SessionTokenKind,
  token: string,
): Promise<VerifiedToken | undefined> {
  const parts = token.length <= MOST_TOKEN_LENGTH ? token.split(".") : [];
  const [header, payload, signature] = parts.map((part) => fromBase64Url(part));
  if (parts.length !== 3 || !header || !payload || !signature) return undefined;
  const { alg, typ, kid, ...otherFields } = parsed(header);
  if (
    typeof alg !== "string" || typ !== KINDS[kind].typ || typeof kid !== "string" ||
    Object.keys(otherFields).length > 0
  ) {
    return undefined;
  }
  if (!await keys.verify(kid, alg, `${parts[0]}.${parts[1]}`, signature)) return undefined;
  const claims = parsed(payload);
  if (claims["iss"] !== issuer || claims["aud"] !== audience) return undefined;
  const times = [claims["iat"], notBefore(claims), claims["exp"], claims["auth_time"]];
  return times.every(isInstant) ? { kid, claims } : undefined;
}

const NOT_OURS: TokenRefusal = { refused: "not ours" };

/** The last second that a `Date` can represent. */
const LAST_SECOND = 8.64e12;

function isInstant(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LAST_SECOND;
}

/** Returns the first claim that is too early or too late; undefined if the times are valid. */
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

/** The `nbf` that tokens of earlier versions have; otherwise `iat`. */
function notBefore(claims: Record<string, unknown>): unknown {
  return "nbf" in claims ? claims["nbf"] : claims["iat"];
}

function claimsOf(
  { sub, sid, auth_time, exp, guest, acr }: Record<string, unknown>,
): SessionClaims | undefined {
  if (typeof sub !== "string" || typeof sid !== "string" || !isId("usr", sub) || !isId("ses", sid)) {
    return undefined;
  }
  return {
    userId: sub,
    sessionId: sid,
    isGuest: guest === true,
    signedInAt: new Date(Number(auth_time) * 1000),
    assurance: assuranceFrom(acr),
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
