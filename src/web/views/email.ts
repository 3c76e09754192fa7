import type { View } from "../context.ts";
import { form } from "../form.ts";
import { choose } from "./choose.ts";
import { code } from "./code.ts";

/** A form to request a code by e-mail. */
export function email(known = ""): View {
  return (context) => ({
    title: "Sign in with an e-mail code",
    back: choose,
    content: [
      form(
        context,
        {
          email: {
            label: "E-mail address",
            type: "email",
            inputMode: "email",
            autocomplete: "email",
            value: known,
          },
        },
        "Mail me a code",
        async ({ email }) => context.show(code(await context.client.requestEmailCode(email.trim()))),
      ),
    ],
  });
}
