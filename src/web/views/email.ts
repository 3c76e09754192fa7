import type { View } from "../context.ts";
import { form } from "../form.ts";
import { passkeyAutofill } from "../passkey_autofill.ts";
import { choose } from "./choose.ts";
import { code } from "./code.ts";

/** A form to request a code by e-mail. */
export function email(known = ""): View {
  return (context) => {
    const entry = form(
      context,
      {
        email: {
          label: "E-mail address",
          type: "email",
          inputMode: "email",
          autocomplete: "email webauthn",
          value: known,
        },
      },
      "Mail me a code",
      async ({ email }) => context.show(code(await context.client.requestEmailCode(email.trim()))),
    );
    return {
      title: "Sign in with an e-mail code",
      back: choose,
      content: [entry],
      onLeave: passkeyAutofill(context, entry),
    };
  };
}
