import { OAuth2Client, type TokenPayload } from "google-auth-library";
import { fromBase64Url } from "../../../lib/crypto.ts";
import { type GoogleIdentity, GoogleTokenRejected, type TokenRejection } from "./google_api.ts";
import { timingDetails } from "../../../accounts/sessions/token_timing.ts";
import { GOOGLE_ISSUERS } from "./google_endpoints.ts";
import type { GoogleKeys } from "./google_keys.ts";

/** Clocks may differ by so much, as Google's own libraries have it. */
const LEEWAY_SECONDS = 300;

/** Google's are about 1,200 characters long. */
const MOST_TOKEN_LENGTH = 8_192;

/** OpenID Connect Core §2: a subject has 255 characters at most. */
const MOST_SUBJECT_LENGTH = 255;

/*
 * The library checks times by the machine's clock alone, and by a sentence that holds the whole token. They are checked
 * here, by the clock of the services; so the library's own leeway, which only its tests change, is opened wide.
 */
Object.assign(OAuth2Client, { CLOCK_SKEW_SECS_: Infinity });

export type IdTokenChecks = {
  keys: GoogleKeys;
  /** Client ids that a token may be for. */
  audiences: readonly string[];
  now: () => Date;
};

const library = new OAuth2Client();

/**
 * What Google says of a person in an ID token, if it is one for us and its time is right (R26, OpenID Connect Core
 * §3.1.3.7). Parts that are not canonical base64url (R12), any algorithm but RS256 and a token that does not name its
 * key are refused before the library sees them. Throws `GoogleTokenRejected`, or what finding the key throws. The
 * nonce is the caller's to check.
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
    throw rejected(reasonOf(error));
  });
  if (!claims) throw rejected("claims");
  const identity = toIdentity(claims);
  const claim = outOfTime(claims, now().getTime() / 1000);
  if (claim) {
    const timing = timingDetails(claims, now());
    throw new GoogleTokenRejected({ reason: "timing", claim, timing, subject: identity.subject });
  }
  return identity;
}

/** Of a token that is refused for what it is. */
type PlainReason = Exclude<TokenRejection["reason"], "timing">;

function rejected(reason: PlainReason): GoogleTokenRejected {
  return new GoogleTokenRejected({ reason });
}

function readKeyId(token: string): string {
  const parts = token.length <= MOST_TOKEN_LENGTH ? token.split(".") : [];
  const [header, payload, signature] = parts.map((part) => fromBase64Url(part));
  if (parts.length !== 3 || !header || !payload || !signature || !parsed(payload)) {
    throw rejected("malformed");
  }
  const { alg, kid, crit } = parsed(header) ?? {};
  if (alg !== "RS256" || crit !== undefined) throw rejected("algorithm");
  if (typeof kid !== "string" || kid === "") throw rejected("key");
  return kid;
}

/** The object that these bytes are the JSON of. */
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

/** The library says why in sentences, which hold the token: only their beginnings are looked at. */
function reasonOf(error: unknown): PlainReason {
  const message = error instanceof Error ? error.message : "";
  if (message.startsWith("Invalid token signature")) return "signature";
  if (message.startsWith("Wrong recipient")) return "audience";
  if (message.startsWith("Invalid issuer")) return "issuer";
  return "claims";
}

/** The first claim for which it is too early, or too late; undefined when the time is right. */
function outOfTime({ iat, nbf = iat, exp }: Times, now: number): "iat" | "nbf" | "exp" | undefined {
  if (iat > now + LEEWAY_SECONDS) return "iat";
  if (nbf > now + LEEWAY_SECONDS) return "nbf";
  return exp < now - LEEWAY_SECONDS ? "exp" : undefined;
}

type Times = { iat: number; nbf?: number; exp: number };

function toIdentity(claims: TokenPayload & { nbf?: number }): GoogleIdentity {
  const { sub, email, email_verified: verified, hd, name, picture, nonce, iat, nbf = iat, exp } = claims;
  if (typeof sub !== "string" || sub === "" || sub.length > MOST_SUBJECT_LENGTH) throw rejected("claims");
  // One that says no time is good at none.
  if (![iat, nbf, exp].every((time) => Number.isInteger(time))) throw rejected("claims");
  return {
    issuer: GOOGLE_ISSUERS[0],
    subject: sub,
    ...texts({ email, hostedDomain: hd, name, picture, nonce }),
    emailVerified: verified === true,
    issuedAt: new Date(iat * 1000),
    expiresAt: new Date(exp * 1000),
  };
}

/** Those that are texts, and not empty. */
function texts<Name extends string>(values: Record<Name, unknown>): Partial<Record<Name, string>> {
  const kept = Object.entries(values).filter(([, value]) => typeof value === "string" && value !== "");
  return Object.fromEntries(kept) as Partial<Record<Name, string>>;
}
