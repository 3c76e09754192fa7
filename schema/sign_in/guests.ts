import { signInAsGuest } from "../../src/sign_in/guests/guests.ts";
import { builder } from "../lib/builder.ts";
import { SessionTransportEnum, SignInResult, withCookie } from "../accounts/sessions.ts";

const SignInAsGuestInput = builder.inputType("SignInAsGuestInput", {
  fields: (t) => ({ transport: t.field({ type: SessionTransportEnum, defaultValue: "TOKENS" }) }),
});

builder.mutationField("signInAsGuest", (t) =>
  t.field({
    type: SignInResult,
    description:
      "Creates a guest account and signs in. If the guest registers or signs in as a new user, the guest account becomes that user. If the guest signs in to an existing account, the guest account is deleted and its data does not move.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true, ignoresToken: true },
    args: { input: t.arg({ type: SignInAsGuestInput }) },
    resolve: async (_root, { input }, context) => {
      const transport = input?.transport ?? "TOKENS";
      if (transport === "COOKIE") context.cookies.check();
      return withCookie(context, await signInAsGuest(context.services, context.caller, transport));
    },
  }));
