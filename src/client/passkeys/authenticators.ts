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

/** The browser's response, in the format of `PublicKeyCredential.toJSON()`. */
export type PasskeyResponse = { id: string };

/**
 * The passkeys of a browser. Options are a promise, so that a click handler can open a window before the server answers.
 * Methods throw `PasskeyError`, or the error of the options.
 */
export type Authenticators = {
  create(options: Promise<CreationOptions>): Promise<PasskeyResponse>;
  get(options: Promise<RequestOptions>): Promise<PasskeyResponse>;
  /** Ends the request that is under way. */
  cancel(): void;
};

/** Asks the browser. A new request ends the one before. */
export const browserAuthenticators: Authenticators = {
  create: async (options) => await asked(startRegistration({ optionsJSON: await options })),
  get: async (options) => await asked(startAuthentication({ optionsJSON: await options })),
  cancel: () => WebAuthnAbortService.cancelCeremony(),
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
export function autofillAuthenticator(
  options: RequestOptions,
): { response: Promise<PasskeyResponse>; cancel: Stop } {
  let isOpen = true;
  const response = asked(startAuthentication({
    optionsJSON: options,
    useBrowserAutofill: true,
    // It looks for the field only outside of shadow roots.
    verifyBrowserAutofillInput: false,
  })).finally(() => isOpen = false);
  // If a newer request has replaced this one, do not end the newer one.
  return { response, cancel: () => isOpen && WebAuthnAbortService.cancelCeremony() };
}

/** Tells the browser that no account has this passkey any more. Does nothing in browsers without this signal. */
export async function signalUnknown(rpId: string, credentialId: string): Promise<void> {
  const signal = { signalName: "unknownCredential", rpID: rpId, credentialID: credentialId } as const;
  await sendSignal(signal).catch(() => {});
}
