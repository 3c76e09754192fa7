import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { GOOGLE_ISSUERS } from "../../providers/google/api/google_endpoints.ts";
import type { EmulatedKey } from "./keys.ts";
import type { Person } from "./people.ts";

/** Deviations of an ID token from a normal one of Google. */
export type IdTokenOptions = {
  /** `aud` and `azp`; by default the client of the request. */
  audience?: string;
  /** `azp`, if it differs from `aud`. */
  authorizedParty?: string;
  /** By default Google's issuer with `https://`. */
  issuer?: string;
  nonce?: string;
  /** Seconds from now; by default `iat` 0, `exp` 3600 and no `nbf`. */
  times?: { iat?: number; nbf?: number; exp?: number };
  /**
   * RS256 by default. `none` has an empty signature. HS256 is signed with the published certificate as the secret,
   * ES256 with an unpublished key.
   */
  alg?: "RS256" | "none" | "HS256" | "ES256";
  /** By default the id of the signing key; null leaves it out. */
  kid?: string | null;
  /** Replaces other claims; undefined removes one. */
  claims?: Record<string, unknown>;
};

/** The person and the request that an ID token is issued for. */
export type IdTokenInput = {
  person: Person;
  audience: string;
  /** The granted scopes. `email` and `profile` add their claims. */
  scopes: ReadonlySet<string>;
  now: Date;
};

/** Creates an ID token like Google's (OpenID Connect Core §2), with the deviations in `options`. */
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
