import { browserSupportsWebAuthn } from "@simplewebauthn/browser";
import {
  type AddedFactor,
  CannotReachServer,
  type FactorFacts,
  type PasskeyCeremony,
  type Sallyport,
  SallyportError,
  type SecondFactorFlow,
  type SignedIn,
  type Stop,
} from "../sallyport.ts";
import {
  type Authenticators,
  browserAuthenticators,
  type CreationOptions,
  type PasskeyResponse,
  type RequestOptions,
  signalUnknown,
} from "./authenticators.ts";
import { type Offer, offerInAutofill, type OnChosen } from "./autofill.ts";
import { PasskeyError } from "./passkey_error.ts";

export type { Authenticators, CreationOptions, PasskeyResponse, RequestOptions } from "./authenticators.ts";
export { browserAuthenticators } from "./authenticators.ts";
export type { OnChosen } from "./autofill.ts";
export { PasskeyError, type PasskeyErrorCode } from "./passkey_error.ts";

/**
 * The passkeys of this browser, for one client. Methods throw `PasskeyError` if the browser did not use or create a
 * passkey, and the errors of the client.
 */
export type Passkeys = {
  /** Signs in with a passkey that the user chooses. It also proves the second factor. */
  signIn(): Promise<SignedIn>;
  /**
   * Offers passkeys in the browser's autofill, until it is stopped. The page needs an input with
   * `autocomplete="username webauthn"`. When the user chooses one, calls `onChosen` with the step that signs in. If that
   * fails, and after other requests, passkeys are offered again. Does nothing in browsers without this autofill.
   */
  offerInAutofill(onChosen: OnChosen): Stop;
  /** Creates an account whose only sign-in method is a new passkey. A guest's account becomes that account. */
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
  /** Ends the request that is under way, for a user who has left the page's view. It throws CANCELLED. */
  cancel(): void;
};

/** Returns whether passkeys can work in this page: the browser supports them, and the page's host is a domain name. */
export function supportsPasskeys(): boolean {
  const { hostname = "" } = globalThis.location ?? {};
  return browserSupportsWebAuthn() && !/^[\d.]+$|:/.test(hostname);
}

/** Creates the passkeys of this browser for `client`. `authenticators` replaces the browser's. */
export function createPasskeys(
  client: Sallyport,
  authenticators: Authenticators = browserAuthenticators,
): Passkeys {
  const offers = new Set<Offer>();
  let underWay: object | undefined;

  /** Asks for a passkey and uses the response, unless the request was cancelled or replaced in the meantime. */
  const request = async <Options, Result>(
    ask: (options: Promise<Options>) => Promise<PasskeyResponse>,
    given: Promise<Options>,
    use: (response: PasskeyResponse) => Promise<Result>,
  ): Promise<Result> => {
    const own = underWay = {};
    const unlessCancelled = <Value>(value: Value): Value => {
      if (underWay !== own) throw new PasskeyError("CANCELLED");
      return value;
    };
    const options = given.then(unlessCancelled);
    // `ask` may end without reading them.
    options.catch(() => {});
    try {
      return await use(unlessCancelled(await ask(options)));
    } finally {
      if (underWay === own) underWay = undefined;
      for (const offer of offers) offer.again();
    }
  };

  /** Creates a passkey and stores it at the server. */
  const create = <Result>(
    ceremony: Promise<PasskeyCeremony>,
    finish: (id: string, response: PasskeyResponse) => Promise<Result>,
  ): Promise<Result> =>
    request(authenticators.create, optionsOf<CreationOptions>(ceremony), async (response) => {
      const { id } = await ceremony;
      return await finish(id, response).catch(async (error) => {
        // The server may have stored the passkey, and the answer was lost.
        if (error instanceof CannotReachServer) return await finish(id, response);
        if (error instanceof SallyportError) {
          const { rp } = await optionsOf<CreationOptions>(ceremony);
          await signalUnknown(rp.id ?? "", response.id);
        }
        throw error;
      });
    });

  return {
    signIn: () => {
      const ceremony = client.startPasskeySignIn();
      return request(
        authenticators.get,
        optionsOf<RequestOptions>(ceremony),
        async (response) => await client.signInWithPasskey((await ceremony).id, response),
      );
    },
    offerInAutofill: (onChosen) => {
      const offer = offerInAutofill(client, () => underWay !== undefined, onChosen);
      offers.add(offer);
      return () => {
        offers.delete(offer);
        offer.stop();
      };
    },
    register: (username) => create(client.startPasskeyRegistration(username), client.registerWithPasskey),
    add: (name) =>
      create(
        client.startPasskeyRegistration(),
        (id, response) => client.finishPasskeyRegistration(id, response, name),
      ),
    verify: async ({ id, passkeyOptions }) => {
      if (passkeyOptions === null) throw new TypeError("This challenge does not accept a passkey");
      return await request(
        authenticators.get,
        Promise.resolve(passkeyOptions as RequestOptions),
        (passkey) => client.verifySecondFactor(id, { passkey }),
      );
    },
    remove: async ({ id, credentialId }) => {
      const options = credentialId === null
        ? undefined
        : await optionsOf<RequestOptions>(client.startPasskeySignIn());
      await client.removeFactor(id);
      if (credentialId !== null) await signalUnknown(options?.rpId ?? "", credentialId);
    },
    cancel: () => {
      if (!underWay) return;
      underWay = undefined;
      authenticators.cancel();
    },
  };
}

async function optionsOf<Options>(ceremony: Promise<PasskeyCeremony>): Promise<Options> {
  return (await ceremony).options as Options;
}
