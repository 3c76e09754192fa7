import type { AuthenticationResponseJSON } from "@simplewebauthn/server";
import { fromBase64Url } from "../../../lib/crypto.ts";
import { type Library, loadLibrary } from "./library.ts";
import { differenceIn, type Expected, type Refusal } from "./refusal.ts";
import type { NewPasskey } from "./registration.ts";
import type { RelyingParty } from "./relying_party.ts";
import { authenticationResponse } from "./response_json.ts";

/** The stored part of a passkey that verifies its responses. */
export type StoredPasskey = Pick<NewPasskey, "credentialId" | "publicKey" | "counter">;

/** The facts in a verified response. */
export type Authentication = {
  counter: number;
  backedUp: boolean;
  /** The counter did not grow, so there may be a copy of the credential. */
  counterWentBack: boolean;
};

/**
 * Verifies an untrusted `AuthenticationResponseJSON` with the stored passkey of its `credentialIdOf`. Requires user
 * verification. Never throws for a bad response. A counter that does not grow is reported but not refused,
 * because some authenticators count badly (WebAuthn level 3 §6.1.1).
 */
export async function verifyAuthentication(
  rp: RelyingParty,
  challenge: string,
  stored: StoredPasskey,
  input: unknown,
): Promise<Authentication | { refused: Refusal }> {
  const response = authenticationResponse(input);
  if (!response) return { refused: "malformed" };
  if (response.id !== stored.credentialId) return { refused: "credential" };
  const { clientDataJSON, authenticatorData } = response.response;
  const library = await loadLibrary();

  const expected: Expected = { rp, challenge, type: "webauthn.get" };
  const data = fromBase64Url(authenticatorData) ?? new Uint8Array();
  const difference = differenceIn({ clientDataJSON, authenticatorData: data }, expected, library);
  if (difference) return { refused: difference };
  const signed = await signedWith(stored, response, expected, library).catch(() => undefined);
  return signed ?? { refused: "signature" };
}

/** Throws or returns undefined if the library refuses the response. */
async function signedWith(
  { credentialId, publicKey, counter: last }: StoredPasskey,
  response: AuthenticationResponseJSON,
  { rp, challenge }: Expected,
  { verifyAuthenticationResponse }: Library,
): Promise<Authentication | undefined> {
  const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: [...rp.origins],
    expectedTopOrigin: [...rp.origins],
    expectedRPID: rp.id,
    requireUserVerification: true,
    // The library throws if the counter did not grow. From 0, it accepts every counter.
    credential: { id: credentialId, publicKey: new Uint8Array(publicKey), counter: 0 },
  });
  if (!verified) return undefined;
  const { newCounter: counter, credentialBackedUp: backedUp } = info;
  return { counter, backedUp, counterWentBack: counter <= last && (counter > 0 || last > 0) };
}
