import { browserSupportsWebAuthn } from "@simplewebauthn/browser";
import type {
  AddedFactor,
  FactorFacts,
  PasskeyCeremony,
  Sallyport,
  SecondFactorFlow,
  SignedIn,
  Stop,
} from "../sallyport.ts";
import {
  type Authenticators,
  autofillAuthenticator,
  browserAuthenticators,
  type CreationOptions,
  type RequestOptions,
  signalUnknown,
  supportsAutofill,
} from "./authenticators.ts";

export type { Authenticators, CreationOptions, RequestOptions } from "./authenticators.ts";
export { browserAuthenticators } from "./authenticators.ts";
export { PasskeyError, type PasskeyErrorCode } from "./passkey_error.ts";

/**
 * The passkeys of this browser, for one client. Methods throw `PasskeyError` when the browser used no passkey, and the
 * errors of the client.
 */
export type Passkeys = {
  /** Signs in with a passkey that the user chooses. It also proves the second factor. */
  signIn(): Promise<SignedIn>;
  /**
   * Offers passkeys in the browser's autofill, until it is stopped. The page needs an input with
   * `autocomplete="username webauthn"`. When the user chooses one, calls `onChosen` with the step that signs in. If that
   * fails, passkeys are offered again. Does nothing in browsers without this autofill.
   */
  offerInAutofill(onChosen: (signIn: () => Promise<SignedIn>) => Promise<void>): Stop;
  /** Creates an account whose only sign-in method is a new passkey. A guest becomes that user. */
  register(username?: string): Promise<SignedIn>;
  /**
   * Adds a new passkey to the user's account. With the user's first factor, it returns recovery codes: show them, they
   * are returned only once.
   */
  add(name?: string): Promise<AddedFactor>;
  /** Proves a passkey as the second factor, and completes the challenge of a sign-in or of `startStepUp`. */
  verify(challenge: SecondFactorFlow): Promise<SignedIn>;
  /** Removes a passkey of the user's account, and tells the browser that it no longer works. */
  remove(factor: Pick<FactorFacts, "id" | "credentialId">): Promise<void>;
};

/** Ceremonies expire after five minutes, but a page may offer passkeys for hours. */
const RENEW_MS = 4 * 60 * 1000;

/** Returns whether passkeys can work in this page: the browser knows them, and its address has a domain name. */
export function supportsPasskeys(): boolean {
  const { hostname = "" } = globalThis.location ?? {};
  return browserSupportsWebAuthn() && !/^[\d.]+$|:/.test(hostname);
}

/** Creates the passkeys of this browser for `client`. `authenticators` replaces the browser's. */
export function createPasskeys(
  client: Sallyport,
  { create, get }: Authenticators = browserAuthenticators,
): Passkeys {
  const startRegistration = async (username?: string) => {
    const ceremony = client.startPasskeyRegistration(username);
    const response = await create(optionsOf<CreationOptions>(ceremony));
    return { ceremonyId: (await ceremony).id, response };
  };
  return {
    signIn: async () => {
      const ceremony = client.startPasskeySignIn();
      const response = await get(optionsOf<RequestOptions>(ceremony));
      return await client.signInWithPasskey((await ceremony).id, response);
    },
    offerInAutofill: (onChosen) => offerInAutofill(client, onChosen),
    register: async (username) => {
      const { ceremonyId, response } = await startRegistration(username);
      return await client.registerWithPasskey(ceremonyId, response);
    },
    add: async (name) => {
      const { ceremonyId, response } = await startRegistration();
      return await client.finishPasskeyRegistration(ceremonyId, response, name);
    },
    verify: async ({ id, passkeyOptions }) => {
      const passkey = await get(Promise.resolve(passkeyOptions as RequestOptions));
      return await client.verifySecondFactor(id, { passkey });
    },
    remove: async ({ id, credentialId }) => {
      await client.removeFactor(id);
      if (credentialId === null) return;
      const { rpId = "" } = await optionsOf<RequestOptions>(client.startPasskeySignIn());
      await signalUnknown(rpId, credentialId);
    },
  };
}

async function optionsOf<Options>(ceremony: Promise<PasskeyCeremony>): Promise<Options> {
  return (await ceremony).options as Options;
}

function offerInAutofill(
  client: Sallyport,
  onChosen: (signIn: () => Promise<SignedIn>) => Promise<void>,
): Stop {
  let isStopped = false;
  let cancel: Stop | undefined;
  const offer = async () => {
    const { id, options } = await client.startPasskeySignIn();
    if (isStopped) return;
    const offered = autofillAuthenticator(options as RequestOptions);
    cancel = offered.cancel;
    const response = await offered.response;
    let isSignedIn = false;
    await onChosen(async () => {
      const signedIn = await client.signInWithPasskey(id, response);
      isSignedIn = true;
      return signedIn;
    });
    if (!isSignedIn) await offer();
  };
  // Without an answer from the server or the browser, the user still has all other ways.
  const tryOffer = () => void offer().catch(() => {});
  let timer: ReturnType<typeof setInterval> | undefined;
  supportsAutofill().then((isSupported) => {
    if (!isSupported || isStopped) return;
    tryOffer();
    timer = setInterval(tryOffer, RENEW_MS);
  });
  return () => {
    isStopped = true;
    clearInterval(timer);
    cancel?.();
  };
}
