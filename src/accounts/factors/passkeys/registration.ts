import type { RegistrationResponseJSON } from "@simplewebauthn/server";
import type { AttestationObject } from "@simplewebauthn/server/helpers";
import { fromBase64Url } from "../../../lib/crypto.ts";
import { ALGORITHMS, type Library, loadLibrary } from "./library.ts";
import { isUsableKey } from "./public_key.ts";
import { differenceIn, type Expected, type Refusal } from "./refusal.ts";
import type { RelyingParty } from "./relying_party.ts";
import { registrationResponse } from "./response_json.ts";

export type NewPasskey = {
  /** Canonical base64url of at most 1,023 bytes. */
  credentialId: string;
  /** A COSE_Key (RFC 9052 §7) of at most 1 KiB. */
  publicKey: Uint8Array;
  counter: number;
  transports: string[];
  deviceType: "singleDevice" | "multiDevice";
  backedUp: boolean;
  /** The authenticator's model as a UUID. No signature proves it. */
  aaguid: string;
};

/**
 * Verifies an untrusted `RegistrationResponseJSON`. Requires user verification, and refuses attestation with
 * certificates. Never throws for a bad response.
 */
export async function verifyRegistration(
  rp: RelyingParty,
  challenge: string,
  input: unknown,
): Promise<{ passkey: NewPasskey } | { refused: Refusal }> {
  const response = registrationResponse(input);
  if (!response) return { refused: "malformed" };
  const { clientDataJSON, attestationObject, transports } = response.response;
  const library = await loadLibrary();
  const attestation = decoded(attestationObject, library);
  if (!attestation) return { refused: "malformed" };

  const expected: Expected = { rp, challenge, type: "webauthn.create" };
  const difference = differenceIn({ clientDataJSON, authenticatorData: attestation.data }, expected, library);
  if (difference) return { refused: difference };
  if (!attestation.isAnonymous) return { refused: "attestation" };
  const made = await newCredential(response, expected, library).catch(() => undefined);
  if (!made) return { refused: attestation.isSigned ? "signature" : "malformed" };
  return { passkey: { ...made, transports } };
}

function decoded(attestationObject: string, { decodeAttestationObject }: Library) {
  try {
    const attestation = decodeAttestationObject(fromBase64Url(attestationObject) ?? new Uint8Array());
    return {
      data: attestation.get("authData"),
      isSigned: attestation.get("fmt") === "packed",
      isAnonymous: isAnonymous(attestation),
    };
  } catch {
    return undefined;
  }
}

/**
 * Returns true if the attestation has no certificates. We ask for none, so browsers remove them (WebAuthn level 3
 * §5.1.3). The library would verify them, and request revocation lists from the URLs in them.
 */
function isAnonymous(attestation: AttestationObject): boolean {
  const statement = attestation.get("attStmt");
  switch (attestation.get("fmt")) {
    case "none":
      return statement.size === 0;
    case "packed":
      // Without certificates this is self attestation: signed with the new key.
      return statement.get("x5c") === undefined;
    default:
      return false;
  }
}

/** Throws or returns undefined if the library refuses the response. */
async function newCredential(
  response: RegistrationResponseJSON,
  { rp, challenge }: Expected,
  { verifyRegistrationResponse }: Library,
) {
  const { registrationInfo: info } = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: [...rp.origins],
    expectedRPID: rp.id,
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  });
  if (info?.credential.id !== response.id) return undefined;
  const { id: credentialId, publicKey, counter } = info.credential;
  if (!await isUsableKey(publicKey)) return undefined;
  const { credentialDeviceType: deviceType, credentialBackedUp: backedUp, aaguid } = info;
  return { credentialId, publicKey, counter, deviceType, backedUp, aaguid };
}
