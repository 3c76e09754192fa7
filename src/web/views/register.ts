import { viewButton } from "../buttons.ts";
import type { Context, Shown } from "../context.ts";
import { form, newPassword } from "../form.ts";
import { choose } from "./choose.ts";
import { password as passwordView } from "./password.ts";
import { registerWithPasskey } from "./register_with_passkey.ts";

/**
 * A form to create an account with a password. An account with a username works at once. An account with only an
 * address works when the address is confirmed.
 */
export function register(context: Context): Shown {
  const { client, offers, passkeys, home, say, show } = context;
  const username = { label: "Username", autocomplete: "username" } as const;
  const email = {
    label: "E-mail address",
    type: "email",
    inputMode: "email",
    autocomplete: "email",
    optional: true,
    hint: "For signing in, and for resetting your password. A username or an address is enough.",
  } as const;
  const password = newPassword("Password", offers);
  const create = async (typed: { username: string; email?: string; password: string }) => {
    const [name, address] = [typed.username.trim(), typed.email?.trim()];
    const input = { ...(name && { username: name }), ...(address && { email: address }) };
    const { message, user, signedIn } = await client.register({ ...input, password: typed.password });
    if (!user) {
      say(`${message}.`);
      return show(passwordView(address));
    }
    if (address) say(`A mail is on its way to ${address}. Open its link to confirm the address.`);
    if (!signedIn) await client.signInWithPassword(name, typed.password);
    home();
  };
  return {
    title: "Create an account",
    back: choose,
    content: [
      offers.mail
        ? form(
          context,
          { username: { ...username, optional: true }, email, password },
          "Create the account",
          create,
        )
        : form(context, { username, password }, "Create the account", create),
      passkeys &&
      viewButton(context, "Use a passkey instead of a password", registerWithPasskey(passkeys), "link"),
    ],
  };
}
