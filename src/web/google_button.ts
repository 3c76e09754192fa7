import type { Context } from "./context.ts";
import { element } from "./element.ts";
import type { Offers } from "./offers.ts";
import { finishSignIn } from "./views/challenge.ts";
import { whileVisible } from "./while_visible.ts";

/** The parts of Google Identity Services that we use (https://developers.google.com/identity/gsi/web/reference). */
type GoogleIdentity = {
  initialize(options: {
    client_id: string;
    nonce: string;
    callback: (answer: { credential: string }) => void;
  }): void;
  renderButton(place: HTMLElement, options: { type: "standard"; size: "large"; text: "continue_with" }): void;
};

/** A nonce is valid for five minutes, so at least three of them are left when the user presses the button. */
const RENEW_MS = 2 * 60 * 1000;

/** More than can be valid at once. */
const MAX_NONCES = 10;

/** Nonces from the server, newest first. They are shared by all buttons of the page, like Google's script. */
let nonces: string[] = [];

/** Google's own sign-in button. If a user is signed in, it links Google to their account. */
export function googleButton(context: Context, offer: NonNullable<Offers["google"]>) {
  const { runAction, client, say } = context;
  const place = element("div", { className: "google" });
  const signIn = ({ credential }: { credential: string }) => {
    let isUsed = false;
    void runAction(place, async () => {
      // After a step-up, this runs again. The token and the nonce work once, also when linking was refused.
      if (isUsed) return say("Now press Google's button again to link it.");
      isUsed = true;
      // The nonce may have been renewed while Google's window was open. The token contains the older one.
      const nonce = nonces.find((nonce) => nonce === nonceIn(credential)) ?? nonces[0];
      // A nonce works once. After a failure, the button needs a new one.
      const outcome = await client.signInWithGoogle(credential, nonce).catch((error) => {
        void prepare();
        throw error;
      });
      finishSignIn(context, outcome);
    });
  };
  const prepare = async () => {
    try {
      const [google, { nonce }] = await Promise.all([
        identity(offer.buttonScript),
        client.issueGoogleNonce(),
      ]);
      nonces = [nonce, ...nonces].slice(0, MAX_NONCES);
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
  // Timers run late in the background, so a page that returns to the foreground gets a new nonce.
  const stop = whileVisible(() => {
    void prepare();
    const timer = setInterval(prepare, RENEW_MS);
    return () => clearInterval(timer);
  });
  return { place, stop };
}

/** The nonce in an ID token, not verified. The server verifies it. */
function nonceIn(token: string): unknown {
  try {
    const payload = token.split(".")[1] ?? "";
    return JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))).nonce;
  } catch {
    return undefined;
  }
}

type WithGoogle = { google?: { accounts: { id: GoogleIdentity } } };

/** Loads Google's script once. The CSP nonce of our own script permits it. */
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
  if (!google) throw new Error("The loaded script is not Google Identity Services");
  return google;
}
