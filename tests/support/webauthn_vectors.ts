import { type CBORType, decodeCBOR } from "@levischuck/tiny-cbor";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { toBase64Url } from "../../src/lib/crypto.ts";
// The specification's own test vectors, extracted by tests/samples/make_webauthn.py.
import sample from "../samples/webauthn.json" with { type: "json" };
import { attestationObject } from "./authenticator.ts";

export type VectorName = keyof typeof sample.vectors;

export const VECTOR_NAMES = Object.keys(sample.vectors) as VectorName[];

/** The parts of a registration that tests change. */
export type Attestation = { fmt: string; attStmt: CBORType; authData: Uint8Array<ArrayBuffer> };

/** A vector as the JSON that a browser sends, and the challenges that the server sent. */
export type Vector = {
  registration: { challenge: string; response: RegistrationResponseJSON };
  authentication: { challenge: string; response: AuthenticationResponseJSON };
};

export function vector(name: VectorName): Vector {
  const { registration, authentication } = sample.vectors[name];
  const id = toText(registration.credential_id);
  const envelope = { id, rawId: id, type: "public-key" as const, clientExtensionResults: {} };
  return {
    registration: {
      challenge: toText(registration.challenge),
      response: {
        ...envelope,
        response: {
          clientDataJSON: toText(registration.clientDataJSON),
          attestationObject: toText(registration.attestationObject),
        },
      },
    },
    authentication: {
      challenge: toText(authentication.challenge),
      response: {
        ...envelope,
        response: {
          clientDataJSON: toText(authentication.clientDataJSON),
          authenticatorData: toText(authentication.authenticatorData),
          signature: toText(authentication.signature),
        },
      },
    },
  };
}

/** The seed of the Ed25519 vector's private key. */
export const ED25519_SEED = Uint8Array.fromHex(sample.vectors["packed-eddsa"].registration.private_key);

/** Returns the same registration with another attestation. */
export function withAttestation(
  response: RegistrationResponseJSON,
  change: (attestation: Attestation) => Attestation,
): RegistrationResponseJSON {
  const { fmt, attStmt, authData } = change(decoded(response));
  const changed = toBase64Url(attestationObject(fmt, attStmt, authData));
  return { ...response, response: { ...response.response, attestationObject: changed } };
}

/** Removes the attestation, as browsers do for servers that ask for none, and sets the flag "user verified". */
export function withoutAttestation(response: RegistrationResponseJSON): RegistrationResponseJSON {
  return withAttestation(response, ({ authData }) => ({
    fmt: "none",
    attStmt: new Map(),
    authData: userVerified(authData),
  }));
}

/** Sets the flag "user verified" of authenticator data. */
export function userVerified(authData: Uint8Array): Uint8Array<ArrayBuffer> {
  return authData.map((byte, at) => at === 32 ? byte | 4 : byte);
}

/** Changes one bit of a text of base64url. */
export function flipped(text: string, at: number): string {
  return toBase64Url(
    bytes(text).map((byte, index, all) => index === (at + all.length) % all.length ? byte ^ 1 : byte),
  );
}

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}

function decoded(response: RegistrationResponseJSON): Attestation {
  const map = decodeCBOR(bytes(response.response.attestationObject)) as Map<string, CBORType>;
  return {
    fmt: map.get("fmt") as string,
    attStmt: map.get("attStmt"),
    authData: new Uint8Array(map.get("authData") as Uint8Array),
  };
}

function toText(hex: string): string {
  return toBase64Url(Uint8Array.fromHex(hex));
}
