import type { AuthMethod, AuthState, User } from "../../client/sallyport.ts";
import { actionButton, viewButton } from "../buttons.ts";
import type { Context, Shown } from "../context.ts";
import { element, replaceChildren } from "../element.ts";
import { changePassword } from "./change_password.ts";
import { saveFile } from "../save_file.ts";
import { choose } from "./choose.ts";
import { factors } from "./factors.ts";
import { link } from "./link.ts";
import { sessions } from "./sessions.ts";
import { userStateSection } from "./user_state_section.ts";
import { tokens } from "./tokens.ts";

/** The user's account: name, state, and links to the other views. */
export function account(context: Context): Shown {
  const { client, offers, authState } = context;
  const summary = element("section", { className: "who" });
  const state = userStateSection(context);
  const more = element("nav", { ariaLabel: "Your account" });
  const update = (now: AuthState) => {
    const { user } = now;
    if (!user) return;
    replaceChildren(summary, ...summaryOf(context, user, now));
    state.update(now);
    replaceChildren(
      more,
      user.isGuest && viewButton(context, "Keep this account", choose, "wide primary"),
      viewButton(context, "Where you are signed in", sessions, "wide"),
      !user.isGuest && viewButton(context, "Connected accounts", tokens, "wide"),
      !user.isGuest && viewButton(context, "Passkeys and second factors", factors, "wide"),
      user.methods.includes("PASSWORD") &&
        viewButton(context, "Change your password", changePassword, "wide"),
      !user.isGuest && offers.google && !user.methods.includes("GOOGLE") &&
        viewButton(context, "Sign in with Google too", link(offers.google), "wide"),
      !user.isGuest && actionButton(context, "Download your data", async () => {
        const data = JSON.stringify(await client.personalData(), null, 2);
        saveFile(`account-${location.hostname}.json`, data, "application/json");
      }, "wide"),
    );
  };
  if (authState) update(authState);
  return {
    title: "Your account",
    content: [
      summary,
      state.section,
      more,
      // The subscription to the state shows the next view.
      actionButton(context, "Sign out", () => client.signOut(), "wide plain"),
    ],
    onAuthState: update,
  };
}

/** The names of the sign-in methods. */
const METHODS: Record<AuthMethod, string> = {
  PASSWORD: "password",
  EMAIL_CODE: "e-mail code",
  GUEST: "guest",
  GOOGLE: "Google",
  PASSKEY: "passkey",
};

export function nameOf({ username, name, email, id }: User): string {
  return username ?? name ?? email ?? id;
}

function summaryOf(context: Context, user: User, { session }: AuthState) {
  const name = nameOf(user);
  const facts = [
    user.email && `${user.email}${user.emailVerified ? "" : " (not confirmed yet)"}`,
    session && `Signed in with ${METHODS[session.method]}`,
    user.methods.length > 0 &&
    `You can sign in with ${user.methods.map((method) => METHODS[method]).join(", ")}`,
  ];
  return [
    element("span", { className: "initial", ariaHidden: "true" }, [...name][0]?.toUpperCase()),
    element(
      "div",
      {},
      element("b", { dir: "auto" }, name),
      ...facts.map((fact) => fact && element("p", {}, fact)),
    ),
    user.email !== null && !user.emailVerified && context.offers.mail &&
    actionButton(context, "Send the confirmation link again", async () => {
      context.say(`${await context.client.requestEmailVerification()}.`);
    }, "link"),
  ];
}
