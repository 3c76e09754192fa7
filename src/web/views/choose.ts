import { actionButton, viewButton } from "../buttons.ts";
import type { Context, Shown } from "../context.ts";
import { element } from "../element.ts";
import { googleButton } from "../google_button.ts";
import { account } from "./account.ts";
import { email } from "./email.ts";
import { password } from "./password.ts";
import { register } from "./register.ts";

/** The list of sign-in methods. A guest uses it to add a method to their account. */
export function choose(context: Context): Shown {
  const { client, offers, passkeys, home, authState } = context;
  const isGuest = authState?.user?.isGuest ?? false;
  const google = offers.google && googleButton(context, offers.google);
  return {
    title: isGuest ? "Keep your account" : "Sign in",
    ...(isGuest && { back: account }),
    content: [
      isGuest &&
      element(
        "p",
        {},
        "Add a sign-in method to keep this account. If you already have an account, you will be signed in to that one.",
      ),
      google?.place,
      passkeys && actionButton(context, "Use a passkey", async () => {
        await passkeys.signIn();
        home();
      }, "wide"),
      offers.mail && viewButton(context, "Continue with an e-mail code", email(), "wide"),
      viewButton(context, "Use a password", password(), "wide"),
      viewButton(context, "Create an account", register, "wide"),
      !isGuest && actionButton(context, "Continue as a guest", async () => {
        await client.signInAsGuest();
        home();
      }, "wide plain"),
    ],
    onLeave: () => google?.stop(),
  };
}
