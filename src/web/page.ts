/** The page at `/`: the dialog, and the name of the signed-in user. */
import { type AuthState, createSallyport } from "../client/sallyport.ts";
import { createDialog } from "./dialog.ts";
import { element } from "./element.ts";
import type { Offers } from "./offers.ts";
import { nameOf } from "./views/account.ts";
import { tokens } from "./views/tokens.ts";

/** A link for reconnecting an account opens the page with this fragment. */
const ACCOUNTS_HASH = "#accounts";

const offers: Offers = JSON.parse(document.body.dataset["offers"] ?? "{}");
const client = createSallyport({ url: location.origin, transport: "COOKIE" });
const status = element("p", { role: "status" });
const open = element("button", { type: "button", className: "primary" }, "Sign in");

const dialog = createDialog({
  client,
  offers,
  connectGoogle: async () => {
    const { authorizationUrl } = await client.startGoogleAuthorization({ returnTo: location.pathname });
    location.assign(authorizationUrl);
  },
  first: location.hash === ACCOUNTS_HASH ? tokens : undefined,
  onAuthState: ({ user }: AuthState) => {
    if (user) status.replaceChildren("You are signed in as ", element("bdi", {}, nameOf(user)), ".");
    else status.replaceChildren("You are not signed in.");
    open.textContent = user ? "Your account" : "Sign in";
  },
});
open.onclick = () => dialog.open();
document.getElementById("place")?.append(status, open, dialog.element);
dialog.open();

// The browser may keep the page for its Back button: remove private data now, and reload the page when it returns.
addEventListener("pagehide", () => {
  dialog.end();
  client.close();
  status.remove();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
