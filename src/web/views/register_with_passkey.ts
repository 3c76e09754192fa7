import type { Passkeys } from "../../client/passkeys/passkeys.ts";
import type { View } from "../context.ts";
import { element } from "../element.ts";
import { form } from "../form.ts";
import { register } from "./register.ts";

/** A form to create an account with a passkey instead of a password. */
export function registerWithPasskey(passkeys: Passkeys): View {
  return (context) => {
    const { home, say } = context;
    return {
      title: "Create an account with a passkey",
      back: register,
      content: [
        element("p", {}, "Your device keeps the passkey and unlocks it by fingerprint, face or PIN."),
        form(
          context,
          { username: { label: "Username", autocomplete: "username" } },
          "Create a passkey",
          async ({ username }) => {
            await passkeys.register(username.trim());
            say("The account is created. Add a passkey on a second device, in case you lose this one.");
            home();
          },
        ),
      ],
    };
  };
}
