import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import { ALGORITHMS, loadLibrary } from "./library.ts";
import type { RelyingParty } from "./relying_party.ts";

/** A user as authenticators show and store it. The handle has 1 to 64 random bytes, without personal data. */
export type PasskeyUser = { name: string; displayName: string; handle: Uint8Array };

/** What browsers get as JSON, and the challenge in it (base64url), to store until the response arrives. */
export type CreationOptions = { challenge: string; options: PublicKeyCredentialCreationOptionsJSON };
export type RequestOptions = { challenge: string; options: PublicKeyCredentialRequestOptionsJSON };

/** A passkey that a user may authenticate with: its credential id, and how browsers reach its authenticator. */
export type AllowedPasskey = { id: string; transports: string[] };

const TIMEOUT_MS = 5 * 60 * 1000;

/**
 * Makes the options for `navigator.credentials.create()`. Authenticators that have one of the `known`
 * credentials refuse to make another.
 */
export async function registrationOptions(
  rp: RelyingParty,
  user: PasskeyUser,
  known: readonly string[],
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
    excludeCredentials: known.map((id) => ({ id })),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    supportedAlgorithmIDs: ALGORITHMS,
  });
  return { challenge: options.challenge, options };
}

/**
 * Makes the options for `navigator.credentials.get()`. Without `allow` the browser offers all passkeys that it
 * has for this site, so users need not type a name. The challenge is random unless it is given, as base64url.
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
