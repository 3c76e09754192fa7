import type { Context, Shown } from "../context.ts";
import { form } from "../form.ts";
import { password } from "./password.ts";

/** A form to request a mail with a link for choosing a new password. */
export function forgot(context: Context): Shown {
  return {
    title: "Choose a new password",
    back: password(),
    content: [
      form(
        context,
        { email: { label: "E-mail address", type: "email", inputMode: "email", autocomplete: "email" } },
        "Mail me a link",
        async ({ email }) => context.say(`${await context.client.requestPasswordReset(email.trim())}.`),
      ),
    ],
  };
}
