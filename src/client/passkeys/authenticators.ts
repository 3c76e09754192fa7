import {
  browserSupportsWebAuthnAutofill,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  sendSignal,
  startAuthentication,
  startRegistration,
  WebAuthnAbortService,
} from "@simplewebauthn/browser";
import type { Stop } from "../sallyport.ts";
import { asPasskeyError } from "./passkey_error.ts";

export type CreationOptions = PublicKeyCredentialCreationOptionsJSON;
export type RequestOptions = PublicKeyCredentialRequestOptionsJSON;

/**
 * The passkeys of a browser. Options may still be on their way, so that a window can be opened in the handler of a
 * click. Answers are as `PublicKeyCredential.toJSON()`. Failures are `PasskeyError`.
 */
export type Authenticators = {
  create(options: Promise<CreationOptions>): Promise<unknown>;
  get(options: Promise<RequestOptions>): Promise<unknown>;
};

/** Asks the browser. A new request cancels the one before. */
export const browserAuthenticators: Authenticators = {
  create: async (options) => await asked(startRegistration({ optionsJSON: await options })),
  get: async (options) => await asked(startAuthentication({ optionsJSON: await options })),
};

async function asked<Response>(response: Promise<Response>): Promise<Response> {
  try {
    return await response;
  } catch (error) {
    throw asPasskeyError(error);
  }
}

/** Whether the browser can offer passkeys together with saved passwords. */
export const supportsAutofill: () => Promise<boolean> = browserSupportsWebAuthnAutofill;

/** Offers passkeys in the browser's autofill until `cancel`, and resolves when the user has chosen one. */
export function autofillAuthenticator(options: RequestOptions): { response: Promise<unknown>; cancel: Stop } {
  let isOpen = true;
  const response = asked(startAuthentication({ optionsJSON: options, useBrowserAutofill: true }))
    .finally(() => isOpen = false);
  // Another request has cancelled it already, and must not be cancelled in its place.
  return { response, cancel: () => isOpen && WebAuthnAbortService.cancelCeremony() };
}

/** Tells the browser that no account has this passkey any more. Does nothing in browsers that do not listen. */
export async function signalUnknown(rpId: string, credentialId: string): Promise<void> {
  const signal = { signalName: "unknownCredential", rpID: rpId, credentialID: credentialId } as const;
  await sendSignal(signal).catch(() => {});
}
