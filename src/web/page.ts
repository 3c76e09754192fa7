/** The page at `/`: the dialog, and who is signed in. */
import { type AuthState, createSallyport } from "../client/sallyport.ts";
import { createDialog } from "./dialog.ts";
import { element } from "./element.ts";
import type { Offers } from "./offers.ts";
import { nameOf } from "./views/account.ts";
import { tokens } from "./views/tokens.ts";

/** Where a person is led who has to connect an account again. */
const ACCOUNTS_HASH = "#accounts";

const offers: Offers = JSON.parse(document.body.dataset["offers"] ?? "{}");
const client = createSallyport({ url: location.origin, transport: "COOKIE" });
const who = element("p", { role: "status" });
const open = element("button", { type: "button", className: "primary" }, "Sign in");

const dialog = createDialog({
  client,
  offers,
  connectGoogle: async () => {
    const { authorizationUrl } = await client.startGoogleAuthorization({ returnTo: location.pathname });
    location.assign(authorizationUrl);
  },
  first: location.hash === ACCOUNTS_HASH ? tokens : undefined,
  onPerson: ({ user }: AuthState) => {
    if (user) who.replaceChildren("You are signed in as ", element("bdi", {}, nameOf(user)), ".");
    else who.replaceChildren("You are not signed in.");
    open.textContent = user ? "Your account" : "Sign in";
  },
});
open.onclick = () => dialog.open();
document.getElementById("place")?.append(who, open, dialog.element);
dialog.open();

// Whoever comes back to a page that was left sees it as it is now, and nothing of what it showed.
addEventListener("pagehide", () => {
  dialog.end();
  client.close();
  who.remove();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
