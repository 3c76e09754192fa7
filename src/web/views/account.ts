import type { AuthMethod, AuthState, User } from "../../client/sallyport.ts";
import { actButton, viewButton } from "../buttons.ts";
import type { Context, Shown } from "../context.ts";
import { element, replaceChildren } from "../element.ts";
import { changePassword } from "./change_password.ts";
import { choose } from "./choose.ts";
import { link } from "./link.ts";
import { sessions } from "./sessions.ts";
import { userStateSection } from "./user_state_section.ts";
import { tokens } from "./tokens.ts";

/** Who is signed in, where they stand, and what they can see to. */
export function account(context: Context): Shown {
  const { client, offers, person } = context;
  const who = element("section", { className: "who" });
  const state = userStateSection(context);
  const more = element("nav", { ariaLabel: "Your account" });
  const heard = (now: AuthState) => {
    const { user } = now;
    if (!user) return;
    replaceChildren(who, ...whoIs(context, user, now));
    state.heard(now);
    replaceChildren(
      more,
      user.isGuest && viewButton(context, "Keep this account", choose, "wide primary"),
      viewButton(context, "Where you are signed in", sessions, "wide"),
      !user.isGuest && viewButton(context, "Connected accounts", tokens, "wide"),
      user.methods.includes("PASSWORD") &&
        viewButton(context, "Change your password", changePassword, "wide"),
      !user.isGuest && offers.google && !user.methods.includes("GOOGLE") &&
        viewButton(context, "Sign in with Google too", link(offers.google), "wide"),
    );
  };
  if (person) heard(person);
  return {
    title: "Your account",
    content: [
      who,
      state.section,
      more,
      // What is told live leads on from there.
      actButton(context, "Sign out", () => client.signOut(), "wide plain"),
    ],
    heard,
  };
}

/** How people name the ways to sign in. */
const METHODS: Record<AuthMethod, string> = {
  PASSWORD: "password",
  EMAIL_CODE: "e-mail code",
  GUEST: "guest",
  GOOGLE: "Google",
};

export function nameOf({ username, name, email, id }: User): string {
  return username ?? name ?? email ?? id;
}

function whoIs(context: Context, user: User, { session }: AuthState) {
  const name = nameOf(user);
  const facts = [
    user.email && `${user.email}${user.emailVerified ? "" : " (not confirmed yet)"}`,
    session && `Signed in by ${METHODS[session.method]}`,
    user.methods.length > 0 &&
    `You can sign in by ${user.methods.map((method) => METHODS[method]).join(", ")}`,
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
    actButton(context, "Mail me the link to confirm it", async () => {
      context.say(`${await context.client.requestEmailVerification()}.`);
    }, "link"),
  ];
}
