import type { ClientDataJSON } from "@simplewebauthn/server/helpers";
import { equalBytes, sha256 } from "../../../lib/crypto.ts";
import type { Library } from "./library.ts";
import type { RelyingParty } from "./relying_party.ts";

/** Why a response was refused. Only operators see it; clients get the same error for every reason. */
export type Refusal =
  | "malformed"
  | "challenge"
  | "origin"
  | "rp_id"
  | "user_verification"
  | "attestation"
  | "credential"
  | "signature";

/** The data that the authenticator signed: the browser's, as base64url of JSON, and its own. */
type SignedData = { clientDataJSON: string; authenticatorData: Uint8Array<ArrayBuffer> };

/** The values that the signed data must have. */
export type Expected = { rp: RelyingParty; challenge: string; type: "webauthn.create" | "webauthn.get" };

/**
 * Returns the first difference between the signed data and the expected values, or undefined. The library then checks
 * the same and decides, but its errors have no codes for operators.
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

/** Whether a page of our origins embeds the frame, if the page is known. Safari does not report `topOrigin`. */
function isTopOriginAllowed({ crossOrigin, topOrigin }: ClientDataJSON, rp: RelyingParty): boolean {
  return topOrigin === undefined || (crossOrigin === true && rp.origins.includes(topOrigin));
}
