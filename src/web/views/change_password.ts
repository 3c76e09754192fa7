import type { Context, Shown } from "../context.ts";
import { form, newPassword } from "../form.ts";
import { account } from "./account.ts";

/** A form to change the password. The server then ends the user's other sessions. */
export function changePassword(context: Context): Shown {
  const { client, offers, say, show } = context;
  return {
    title: "Change your password",
    back: account,
    content: [
      form(
        context,
        {
          current: { label: "Current password", type: "password", autocomplete: "current-password" },
          next: newPassword("New password", offers),
        },
        "Change the password",
        async ({ current, next }) => {
          say(`${await client.changePassword(current, next)}.`);
          show(account);
        },
      ),
    ],
  };
}
