import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import { ALGORITHMS, loadLibrary } from "./library.ts";
import type { RelyingParty } from "./relying_party.ts";

/** A user as authenticators show and store it. The handle has 1 to 64 bytes, without personal data. */
export type PasskeyUser = { name: string; displayName: string; handle: Uint8Array };

/** The options for a browser, as JSON, and the challenge in them, as base64url. */
type CreationOptions = { challenge: string; options: PublicKeyCredentialCreationOptionsJSON };
type RequestOptions = { challenge: string; options: PublicKeyCredentialRequestOptionsJSON };

/** A passkey that browsers may offer: its credential id, and the transports of its authenticator. */
export type AllowedPasskey = { id: string; transports: string[] };

const TIMEOUT_MS = 5 * 60 * 1000;

/**
 * Creates the options for `navigator.credentials.create()`. Authenticators that have one of the credentials `existing`
 * refuse to create another.
 */
export async function registrationOptions(
  rp: RelyingParty,
  user: PasskeyUser,
  existing: readonly AllowedPasskey[],
): Promise<CreationOptions> {
  const { generateRegistrationOptions } = await loadLibrary();
  const options = await generateRegistrationOptions({
    rpID: rp.id,
    rpName: rp.name,
    userID: new Uint8Array(user.handle),
    userName: user.name,
    userDisplayName: user.displayName,
    timeout: TIMEOUT_MS,
    attestationType: "none",
    excludeCredentials: [...existing],
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    supportedAlgorithmIDs: ALGORITHMS,
  });
  return { challenge: options.challenge, options };
}

/**
 * Creates the options for `navigator.credentials.get()`. Without `allow`, the browser offers all passkeys that it has
 * for this site, so users type no name. `challenge` is base64url; by default it is random.
 */
export async function authenticationOptions(
  rp: RelyingParty,
  allow?: readonly AllowedPasskey[],
  challenge?: string,
): Promise<RequestOptions> {
  const { generateAuthenticationOptions } = await loadLibrary();
  const options = await generateAuthenticationOptions({
    rpID: rp.id,
    timeout: TIMEOUT_MS,
    userVerification: "required",
    ...allow && { allowCredentials: [...allow] },
    ...challenge !== undefined &&
      { challenge: Uint8Array.fromBase64(challenge, { alphabet: "base64url" }) },
  });
  return { challenge: options.challenge, options };
}
