import type { Context } from "./context.ts";
import { element } from "./element.ts";
import type { Offers } from "./offers.ts";
import { whileVisible } from "./while_visible.ts";

/**
 * Google Identity Services, as far as they are used here (https://developers.google.com/identity/gsi/web/reference).
 */
type GoogleIdentity = {
  initialize(options: {
    client_id: string;
    nonce: string;
    callback: (answer: { credential: string }) => void;
  }): void;
  renderButton(place: HTMLElement, options: { type: "standard"; size: "large"; text: "continue_with" }): void;
};

/** A nonce is good for five minutes: whoever presses the button has three of them left at least. */
const RENEW_MS = 2 * 60 * 1000;

/** Far more than can be good at once. */
const MOST_NONCES = 10;

/** Those that this page was given, the newest first. Google's script is one for the page, and so are they. */
let nonces: string[] = [];

/** Google's own button. Whoever is signed in has Google linked to their account by it. */
export function googleButton(context: Context, offer: NonNullable<Offers["google"]>) {
  const { runAction, client, home } = context;
  const place = element("div", { className: "google" });
  const signIn = ({ credential }: { credential: string }) =>
    void runAction(place, async () => {
      // A window stays open while the button is given another nonce, and brings the one that it was opened with.
      const nonce = nonces.find((nonce) => nonce === nonceIn(credential)) ?? nonces[0];
      // It is good once, whatever becomes of it.
      await client.signInWithGoogle(credential, nonce).catch((error) => {
        void prepare();
        throw error;
      });
      home();
    });
  const prepare = async () => {
    try {
      const [google, { nonce }] = await Promise.all([
        identity(offer.buttonScript),
        client.issueGoogleNonce(),
      ]);
      nonces = [nonce, ...nonces].slice(0, MOST_NONCES);
      google.initialize({ client_id: offer.clientId, nonce, callback: signIn });
      const hadFocus = place.contains(document.activeElement);
      google.renderButton(place, { type: "standard", size: "large", text: "continue_with" });
      if (hadFocus) place.querySelector<HTMLElement>("button, [role=button]")?.focus();
    } catch {
      const retry = element("button", { type: "button", className: "wide" }, "Load Google's button again");
      retry.onclick = () => void prepare();
      place.replaceChildren(retry);
    }
  };
  // Not in the background, where timers are late: whoever comes back has a new one.
  const stop = whileVisible(() => {
    void prepare();
    const timer = setInterval(prepare, RENEW_MS);
    return () => clearInterval(timer);
  });
  return { place, stop };
}

/** The nonce that an ID token is for, as it says itself: the server checks it. */
function nonceIn(token: string): unknown {
  try {
    const payload = token.split(".")[1] ?? "";
    return JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))).nonce;
  } catch {
    return undefined;
  }
}

type WithGoogle = { google?: { accounts: { id: GoogleIdentity } } };

/** Loads Google's script, once. Our own script's nonce lets it run. */
async function identity(source: string): Promise<GoogleIdentity> {
  const loaded = () => (globalThis as WithGoogle).google?.accounts.id;
  if (!loaded()) {
    const nonce = document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? "";
    const script = element("script", { src: source, nonce });
    await new Promise((resolve, reject) => {
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
  }
  const google = loaded();
  if (!google) throw new Error("What was loaded is not Google's script");
  return google;
}
