import type { Sallyport, SignedIn, Stop } from "../sallyport.ts";
import { autofillAuthenticator, type RequestOptions, supportsAutofill } from "./authenticators.ts";

/** Calls back with the step that signs in, when the user has chosen a passkey. */
export type OnChosen = (signIn: () => Promise<SignedIn>) => Promise<void>;

/** Passkeys in the browser's autofill. */
export type Offer = {
  stop: Stop;
  /** Offers them again, after another request has ended the offer. */
  again(): void;
};

/** Ceremonies expire after five minutes, but a page may offer passkeys for hours. */
const RENEW_MS = 4 * 60 * 1000;

/** After a sign-in that failed, and while the page is hidden. */
const PAUSE_MS = 1_000;

/** Offers passkeys until it is stopped, but not while another request `isUnderWay`. */
export function offerInAutofill(client: Sallyport, isUnderWay: () => boolean, onChosen: OnChosen): Offer {
  let isStopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let cancel: Stop | undefined;
  const offerIn = (ms: number) => {
    clearTimeout(timer);
    // Failures are ignored: the user can sign in another way.
    if (!isStopped) timer = setTimeout(() => void offer().catch(() => {}), ms);
  };
  const offer = async () => {
    if (document.hidden) return offerIn(PAUSE_MS);
    offerIn(RENEW_MS);
    if (isUnderWay()) return;
    const { id, options } = await client.startPasskeySignIn();
    if (isStopped || isUnderWay()) return;
    const offered = autofillAuthenticator(options as RequestOptions);
    cancel = offered.cancel;
    const response = await offered.response;
    if (isStopped) return;
    let isSignedIn = false;
    await onChosen(async () => {
      const signedIn = await client.signInWithPasskey(id, response);
      isSignedIn = true;
      return signedIn;
    });
    if (!isSignedIn) offerIn(PAUSE_MS);
  };
  const isSupported = supportsAutofill();
  const again = () => void isSupported.then((isSupported) => isSupported && offerIn(0));
  again();
  return {
    again,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      cancel?.();
    },
  };
}
