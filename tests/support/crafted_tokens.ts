import { toBase64Url } from "../../src/lib/crypto.ts";
import type { TestApp } from "./app.ts";
import type { Person } from "./people.ts";

export type Json = Record<string, unknown>;

/** Encodes a part of a JWS: JSON, or text or bytes unchanged. */
export function part(value: Json | string | Uint8Array): string {
  const text = typeof value === "object" && !(value instanceof Uint8Array) ? JSON.stringify(value) : value;
  return toBase64Url(typeof text === "string" ? new TextEncoder().encode(text) : text);
}

/** Decodes a part of a token. */
export function read(token: string, index: 0 | 1): Json {
  const text = token.split(".")[index] ?? "";
  return JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(text, { alphabet: "base64url" })));
}

/**
 * Signs `header.payload` with the server's own key, so that the token is not rejected for its signature. `input` gets
 * the kid.
 */
export function signed(app: TestApp, input: (kid: string) => string): string {
  const made = app.services.sessions.signingKeys.sign(input);
  return `${made.input}.${toBase64Url(made.signature)}`;
}

/** Builds a valid token with changes to its header and claims; undefined removes one. */
export function crafted(app: TestApp, person: Person, claims: Json = {}, header: Json = {}): string {
  return signed(app, (kid) =>
    [
      part({ alg: "EdDSA", typ: "at+jwt", kid, ...header }),
      part({ ...rightClaims(app, person), ...claims }),
    ].join("."));
}

export function rightClaims(app: TestApp, { id, sessionId }: Person): Json {
  const { issuer, audience } = app.services.sessions.issuer;
  const iat = seconds(app);
  const times = { iat, nbf: iat, exp: iat + 900, auth_time: iat };
  return { iss: issuer, aud: audience, sub: id, sid: sessionId, ...times, jti: crypto.randomUUID() };
}

/** The server's time, in whole seconds. */
export function seconds(app: TestApp): number {
  return Math.floor(app.clock.now().getTime() / 1000);
}
