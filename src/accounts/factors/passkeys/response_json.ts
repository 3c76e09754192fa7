import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { fromBase64Url } from "../../../lib/crypto.ts";

/** The longest response as JSON. Responses without certificates have about one kilobyte. */
const MOST_CHARACTERS = 64 * 1024;

/** WebAuthn level 3 §4, "Credential ID". */
export const MOST_ID_BYTES = 1023;

/** WebAuthn level 3 §5.4.3. */
export const MOST_HANDLE_BYTES = 64;

/** WebAuthn level 3 §5.8.4 names six. */
const MOST_TRANSPORTS = 8;

type Registration = RegistrationResponseJSON & { response: { transports: string[] } };

/**
 * Reads an untrusted `RegistrationResponseJSON` (WebAuthn level 3 §5.1). Returns only the fields that the
 * server uses, or undefined if one is missing, malformed or too long.
 */
export function registrationResponse(input: unknown): Registration | undefined {
  const id = publicKeyId(input);
  const response = own(input, "response");
  const clientDataJSON = base64Url(own(response, "clientDataJSON"));
  const attestationObject = base64Url(own(response, "attestationObject"));
  const transports = transportsOf(own(response, "transports"));
  if (!id || !clientDataJSON || !attestationObject || !transports) return undefined;
  return credential(id, { clientDataJSON, attestationObject, transports });
}

/** Reads an untrusted `AuthenticationResponseJSON` in the same way. Its user handle may be absent. */
export function authenticationResponse(input: unknown): AuthenticationResponseJSON | undefined {
  const id = publicKeyId(input);
  const response = own(input, "response");
  const clientDataJSON = base64Url(own(response, "clientDataJSON"));
  const authenticatorData = base64Url(own(response, "authenticatorData"));
  const signature = base64Url(own(response, "signature"));
  const handle = own(response, "userHandle") ?? undefined;
  if (handle !== undefined && !userHandleOf(input)) return undefined;
  if (!id || !clientDataJSON || !authenticatorData || !signature) return undefined;
  return credential(id, { clientDataJSON, authenticatorData, signature });
}

/** Returns the credential id of an untrusted response, as canonical base64url, to find the passkey by. */
export function credentialIdOf(input: unknown): string | undefined {
  return base64Url(own(input, "id"), MOST_ID_BYTES);
}

/** Returns the user handle of an untrusted response: 1 to 64 bytes. Discoverable credentials always have one. */
export function userHandleOf(input: unknown): Uint8Array<ArrayBuffer> | undefined {
  const handle = base64Url(own(own(input, "response"), "userHandle"), MOST_HANDLE_BYTES);
  return handle === undefined ? undefined : fromBase64Url(handle);
}

/** Returns the credential id of a response that is a public key and not too long. */
function publicKeyId(input: unknown): string | undefined {
  const id = credentialIdOf(input);
  const isPublicKey = own(input, "rawId") === id && own(input, "type") === "public-key";
  return isPublicKey && !isTooLong(input) ? id : undefined;
}

/** Returns an own property of the object, and ignores its prototypes. */
function own(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

/** Returns the text if it is canonical base64url of 1 to `mostBytes` bytes. */
function base64Url(value: unknown, mostBytes = MOST_CHARACTERS): string | undefined {
  if (typeof value !== "string" || value.length > 2 * mostBytes) return undefined;
  const bytes = fromBase64Url(value);
  return bytes && bytes.length > 0 && bytes.length <= mostBytes ? value : undefined;
}

function isTooLong(input: unknown): boolean {
  try {
    return JSON.stringify(input).length > MOST_CHARACTERS;
  } catch {
    // The nesting is too deep.
    return true;
  }
}

/**
 * Returns the distinct transports of an untrusted list, or undefined if it is malformed. Authenticators may name
 * transports that are newer than this code, so only the form is checked.
 */
export function transportsOf(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > MOST_TRANSPORTS || !value.every(isTransport)) return undefined;
  return [...new Set(value)];
}

function isTransport(value: unknown): value is string {
  return typeof value === "string" && /^[a-z-]{1,32}$/.test(value);
}

function credential<T>(id: string, response: T) {
  return { id, rawId: id, type: "public-key" as const, response, clientExtensionResults: {} };
}
