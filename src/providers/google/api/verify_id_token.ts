import { OAuth2Client, type TokenPayload } from "google-auth-library";
import { fromBase64Url } from "../../../lib/crypto.ts";
import { type GoogleIdentity, GoogleTokenRejected, type TokenRejection } from "./google_api.ts";
import { timingDetails } from "../../../accounts/sessions/token_timing.ts";
import { GOOGLE_ISSUERS } from "./google_endpoints.ts";
import type { GoogleKeys } from "./google_keys.ts";

/** Allowed clock skew, as in Google's own libraries. */
const LEEWAY_SECONDS = 300;

/** Google's ID tokens have about 1,200 characters. */
const MAX_TOKEN_LENGTH = 8_192;

/** OpenID Connect Core §2: a subject has at most 255 characters. */
const MAX_SUBJECT_LENGTH = 255;

/*
 * The library checks times only by the machine's clock, and its errors contain the whole token. We check times here
 * by the clock of the services. So we set the library's own clock skew, which only its tests change, to infinity.
 */
Object.assign(OAuth2Client, { CLOCK_SKEW_SECS_: Infinity });

export type IdTokenChecks = {
  keys: GoogleKeys;
  /** Accepted audiences. */
  audiences: readonly string[];
  now: () => Date;
};

const library = new OAuth2Client();

/**
 * Verifies an ID token: signature, audience, issuer and times (R26, OpenID Connect Core §3.1.3.7). Rejects parts that
 * are not canonical base64url (R12), algorithms other than RS256 and tokens without a key id before the library reads
 * them. The caller must check the nonce.
 *
 * @throws GoogleTokenRejected, or the errors of `GoogleKeys.find`.
 */
export async function verifyIdToken(
  { keys, audiences, now }: IdTokenChecks,
  token: string,
): Promise<GoogleIdentity> {
  const kid = readKeyId(token);
  const certificate = await keys.find(kid);
  if (certificate === undefined) throw rejected("key");
  const claims = await library.verifySignedJwtWithCertsAsync(
    token,
    { [kid]: certificate },
    [...audiences],
    [...GOOGLE_ISSUERS],
    Infinity,
  ).then((ticket) => ticket.getPayload(), (error: unknown) => {
    const reason = reasonOf(error);
    // The library checks the signature before both.
    const isSigned = reason === "audience" || reason === "issuer";
    throw new GoogleTokenRejected({ reason, ...isSigned && { email: verifiedEmail(readPayload(token)) } });
  });
  if (!claims) throw rejected("claims");
  const identity = toIdentity(claims);
  const claim = violatedTimeClaim(claims, now().getTime() / 1000);
  if (claim) {
    const timing = timingDetails(claims, now());
    const email = verifiedEmail(claims);
    throw new GoogleTokenRejected({ reason: "timing", claim, timing, subject: identity.subject, email });
  }
  return identity;
}

/** Reasons without details. */
type PlainReason = Exclude<TokenRejection["reason"], "timing">;

function rejected(reason: PlainReason): GoogleTokenRejected {
  return new GoogleTokenRejected({ reason });
}

function readKeyId(token: string): string {
  const parts = token.length <= MAX_TOKEN_LENGTH ? token.split(".") : [];
  const [header, payload, signature] = parts.map((part) => fromBase64Url(part));
  if (parts.length !== 3 || !header || !payload || !signature || !parsed(payload)) {
    throw rejected("malformed");
  }
  const { alg, kid, crit } = parsed(header) ?? {};
  if (alg !== "RS256" || crit !== undefined) throw rejected("algorithm");
  if (typeof kid !== "string" || kid === "") throw rejected("key");
  return kid;
}

function readPayload(token: string): Record<string, unknown> {
  return parsed(fromBase64Url(token.split(".")[1] ?? "") ?? new Uint8Array()) ?? {};
}

function verifiedEmail(claims: { email?: unknown; email_verified?: unknown }): string | undefined {
  const { email, email_verified: verified } = claims;
  return typeof email === "string" && verified === true ? email : undefined;
}

/** Parses the bytes as a JSON object; undefined if they are not one. */
function parsed(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

/** Maps the library's error messages to reasons. They contain the token, so we read only how they start. */
function reasonOf(error: unknown): PlainReason {
  const message = error instanceof Error ? error.message : "";
  if (message.startsWith("Invalid token signature")) return "signature";
  if (message.startsWith("Wrong recipient")) return "audience";
  if (message.startsWith("Invalid issuer")) return "issuer";
  return "claims";
}

/** The first time claim that is violated; undefined if all are satisfied. */
function violatedTimeClaim({ iat, nbf = iat, exp }: Times, now: number): "iat" | "nbf" | "exp" | undefined {
  if (iat > now + LEEWAY_SECONDS) return "iat";
  if (nbf > now + LEEWAY_SECONDS) return "nbf";
  return exp < now - LEEWAY_SECONDS ? "exp" : undefined;
}

type Times = { iat: number; nbf?: number; exp: number };

function toIdentity(claims: TokenPayload & { nbf?: number }): GoogleIdentity {
  const { sub, email, email_verified: verified, hd, name, picture, nonce, iat, nbf = iat, exp } = claims;
  if (typeof sub !== "string" || sub === "" || sub.length > MAX_SUBJECT_LENGTH) throw rejected("claims");
  // A token without valid times is rejected.
  if (![iat, nbf, exp].every((time) => Number.isInteger(time))) throw rejected("claims");
  return {
    issuer: GOOGLE_ISSUERS[0],
    subject: sub,
    ...nonEmptyTexts({ email, hostedDomain: hd, name, picture, nonce }),
    emailVerified: verified === true,
    issuedAt: new Date(iat * 1000),
    expiresAt: new Date(exp * 1000),
  };
}

/** Returns the values that are non-empty strings. */
function nonEmptyTexts<Name extends string>(values: Record<Name, unknown>): Partial<Record<Name, string>> {
  const kept = Object.entries(values).filter(([, value]) => typeof value === "string" && value !== "");
  return Object.fromEntries(kept) as Partial<Record<Name, string>>;
}
