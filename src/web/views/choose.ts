import { actButton, viewButton } from "../buttons.ts";
import type { Context, Shown } from "../context.ts";
import { element } from "../element.ts";
import { googleButton } from "../google_button.ts";
import { account } from "./account.ts";
import { email } from "./email.ts";
import { password } from "./password.ts";
import { register } from "./register.ts";

/** How one signs in: what the server has configured. A guest, who is signed in already, keeps their account by it. */
export function choose(context: Context): Shown {
  const { client, offers, home, person } = context;
  const isGuest = person?.user?.isGuest ?? false;
  const google = offers.google && googleButton(context, offers.google);
  return {
    title: isGuest ? "Keep your account" : "Sign in",
    ...(isGuest && { back: account }),
    content: [
      isGuest &&
      element(
        "p",
        {},
        "A new way to sign in keeps this account yours; one that you have leads to the account you have.",
      ),
      google?.place,
      offers.mail && viewButton(context, "Continue with an e-mail code", email(), "wide"),
      viewButton(context, "Use a password", password(), "wide"),
      viewButton(context, "Create an account", register, "wide"),
      !isGuest && actButton(context, "Continue as a guest", async () => {
        await client.signInAsGuest();
        home();
      }, "wide plain"),
    ],
    left: () => google?.stop(),
  };
}
