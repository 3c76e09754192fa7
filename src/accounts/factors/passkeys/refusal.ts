import type { ClientDataJSON } from "@simplewebauthn/server/helpers";
import { equalBytes, sha256 } from "../../../lib/crypto.ts";
import type { Library } from "./library.ts";
import type { RelyingParty } from "./relying_party.ts";

/** Why a response was refused. This is for operators; clients get the same answer for every reason. */
export type Refusal =
  | "malformed"
  | "challenge"
  | "origin"
  | "rp_id"
  | "user_verification"
  | "attestation"
  | "credential"
  | "signature";

/** The data that the authenticator signed: the client's, as base64url of JSON, and its own. */
export type SignedData = { clientDataJSON: string; authenticatorData: Uint8Array<ArrayBuffer> };

export type Expected = { rp: RelyingParty; challenge: string; type: "webauthn.create" | "webauthn.get" };

/**
 * Names the first difference between the signed data and what we expect, if there is one. The library checks the
 * same and has the last word, but its errors have no codes.
 */
export function differenceIn(
  { clientDataJSON, authenticatorData }: SignedData,
  { rp, challenge, type }: Expected,
  { decodeClientDataJSON, parseAuthenticatorData }: Library,
): Refusal | undefined {
  try {
    const client = decodeClientDataJSON(clientDataJSON);
    if (client.type !== type) return "malformed";
    if (client.challenge !== challenge) return "challenge";
    if (!rp.origins.includes(client.origin) || !isTopOriginAllowed(client, rp)) return "origin";
    const { rpIdHash, flags } = parseAuthenticatorData(authenticatorData);
    if (!equalBytes(rpIdHash, sha256(rp.id))) return "rp_id";
    if (!flags.up || !flags.uv) return "user_verification";
    // A credential that cannot be backed up has no backup (WebAuthn level 3 §6.1.3).
    return flags.bs && !flags.be ? "malformed" : undefined;
  } catch {
    return "malformed";
  }
}

/** Only pages of our origins may embed a frame that asks for a passkey. Safari does not name the top origin. */
function isTopOriginAllowed({ crossOrigin, topOrigin }: ClientDataJSON, rp: RelyingParty): boolean {
  return topOrigin === undefined || (crossOrigin === true && rp.origins.includes(topOrigin));
}
