import type { Context } from "./context.ts";
import { element } from "./element.ts";
import type { Offers } from "./offers.ts";

/** Google Identity Services, as far as they are used here (https://developers.google.com/identity/gsi/web/reference). */
type GoogleIdentity = {
  initialize(options: {
    client_id: string;
    nonce: string;
    callback: (answer: { credential: string }) => void;
  }): void;
  renderButton(place: HTMLElement, options: { type: "standard"; size: "large"; text: "continue_with" }): void;
};

/** A nonce is good for five minutes: the button gets another one before that. */
const NONCE_MS = 4 * 60 * 1000;

/** Google's own button. Whoever is signed in has Google linked to their account by it. */
export function googleButton(context: Context, offer: NonNullable<Offers["google"]>) {
  const { act, client, home } = context;
  const place = element("div", { className: "google" });
  const prepare = async () => {
    try {
      const [google, { nonce }] = await Promise.all([
        identity(offer.buttonScript),
        client.issueGoogleNonce(),
      ]);
      const callback = ({ credential }: { credential: string }) =>
        void act(place, async () => {
          // A nonce is good once, whatever becomes of it.
          await client.signInWithGoogle(credential, nonce).catch((error) => {
            void prepare();
            throw error;
          });
          home();
        });
      google.initialize({ client_id: offer.clientId, nonce, callback });
      google.renderButton(place, { type: "standard", size: "large", text: "continue_with" });
    } catch {
      const retry = element("button", { type: "button", className: "wide" }, "Load Google's button again");
      retry.onclick = () => void prepare();
      place.replaceChildren(retry);
    }
  };
  void prepare();
  const timer = setInterval(prepare, NONCE_MS);
  return { place, stop: () => clearInterval(timer) };
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
