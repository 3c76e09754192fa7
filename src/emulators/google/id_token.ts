import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { GOOGLE_ISSUERS } from "../../providers/google/api/google_endpoints.ts";
import type { EmulatedKey } from "./keys.ts";
import type { Person } from "./people.ts";

/** What an ID token has that Google's would not, or that depends on who asks. */
export type IdTokenOptions = {
  /** `aud` and `azp`; by default the client that asks, or the emulator's own. */
  audience?: string;
  /** `azp` alone: the client that asked, where the token is for another one. */
  authorizedParty?: string;
  /** Google's, with `https://`, by default. */
  issuer?: string;
  nonce?: string;
  /** Seconds from now: `iat` 0, `exp` 3600, and no `nbf` by default. */
  times?: { iat?: number; nbf?: number; exp?: number };
  /**
   * RS256 by default. `none` has an empty signature; HS256 is signed with the published certificate as the secret;
   * ES256 with a key that nobody knows.
   */
  alg?: "RS256" | "none" | "HS256" | "ES256";
  /** Instead of the signing key's; null for none. */
  kid?: string | null;
  /** Put over all other claims; undefined leaves one out. */
  claims?: Record<string, unknown>;
};

/** What an ID token is made for. */
export type IdTokenInput = {
  person: Person;
  audience: string;
  /** What was granted: `email` and `profile` bring their claims. */
  scopes: ReadonlySet<string>;
  now: Date;
};

/** An ID token in Google's shape (OpenID Connect Core §2), with whatever `options` have otherwise. */
export function makeIdToken(key: EmulatedKey, input: IdTokenInput, options: IdTokenOptions): string {
  const { alg = "RS256", kid = key.kid } = options;
  const header = { alg, ...(kid !== null && { kid }), typ: "JWT" };
  const signed = `${encoded(header)}.${encoded({ ...claimsOf(input, options), ...options.claims })}`;
  return `${signed}.${signatureOf(key, alg, new TextEncoder().encode(signed)).toBase64(BASE64URL)}`;
}

const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

function claimsOf({ person, audience, scopes, now }: IdTokenInput, options: IdTokenOptions) {
  const { times = {}, nonce } = options;
  const at = Math.floor(now.getTime() / 1000);
  const aud = options.audience ?? audience;
  return {
    iss: options.issuer ?? GOOGLE_ISSUERS[0],
    azp: options.authorizedParty ?? aud,
    aud,
    sub: person.sub,
    ...(person.hd !== null && { hd: person.hd }),
    ...(scopes.has("email") && { email: person.email, email_verified: person.emailVerified }),
    ...(nonce !== undefined && { nonce }),
    ...(scopes.has("profile") && {
      name: person.name,
      given_name: person.givenName,
      ...(person.picture !== null && { picture: person.picture }),
    }),
    ...(times.nbf !== undefined && { nbf: at + times.nbf }),
    iat: at + (times.iat ?? 0),
    exp: at + (times.exp ?? 3600),
  };
}

function signatureOf(
  key: EmulatedKey,
  alg: NonNullable<IdTokenOptions["alg"]>,
  text: Uint8Array,
): Uint8Array {
  switch (alg) {
    case "RS256":
      return sign("sha256", text, key.privateKey);
    case "HS256":
      return createHmac("sha256", key.certificate).update(text).digest();
    case "ES256": {
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      return sign("sha256", text, { key: privateKey, dsaEncoding: "ieee-p1363" });
    }
    case "none":
      return new Uint8Array();
  }
}

function encoded(value: unknown): string {
  return new TextEncoder().encode(JSON.stringify(value)).toBase64(BASE64URL);
}
