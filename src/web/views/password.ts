import { viewButton } from "../buttons.ts";
import type { View } from "../context.ts";
import { form } from "../form.ts";
import { passkeyAutofill } from "../passkey_autofill.ts";
import { finishSignIn } from "./challenge.ts";
import { choose } from "./choose.ts";
import { forgot } from "./forgot.ts";
import { register } from "./register.ts";

/** A form to sign in with a username or an e-mail address, and a password. */
export function password(known = ""): View {
  return (context) => {
    const entry = form(
      context,
      {
        identifier: { label: "Username or e-mail address", autocomplete: "username webauthn", value: known },
        password: { label: "Password", type: "password", autocomplete: "current-password" },
      },
      "Sign in",
      async ({ identifier, password }) => {
        finishSignIn(context, await context.client.signInWithPassword(identifier.trim(), password));
      },
    );
    return {
      title: "Sign in with a password",
      back: choose,
      content: [
        entry,
        context.offers.mail && viewButton(context, "I forgot my password", forgot, "link"),
        viewButton(context, "Create an account", register, "link"),
      ],
      onLeave: passkeyAutofill(context, entry),
    };
  };
}
