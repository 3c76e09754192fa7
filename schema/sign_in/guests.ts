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
      "Makes an account at once. Whoever registers or signs in while it lives becomes that user, or goes over to theirs.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: SignInAsGuestInput }) },
    resolve: async (_root, { input }, context) => {
      const transport = input?.transport ?? "TOKENS";
      if (transport === "COOKIE") context.cookies.check();
      return withCookie(context, await signInAsGuest(context.services, context.caller, transport));
    },
  }));
