import { type GoogleNonce, issueGoogleNonce } from "../../src/sign_in/google/nonce.ts";
import { LinkRequiresProof } from "../../src/sign_in/google/link_google.ts";
import { signInWithGoogle } from "../../src/sign_in/google/sign_in_with_google.ts";
import { builder } from "../lib/builder.ts";
import { COMMON_ERRORS, errorType } from "../lib/errors.ts";
import { GOOGLE_NOT_CONFIGURED } from "../providers/google_errors.ts";
import { SessionTransportEnum, SignInResult, withCookie } from "../accounts/sessions.ts";

errorType(
  LinkRequiresProof,
  "An account has the address, or the Google account is another one's: sign in to that, and link from there.",
);

const SignInWithGoogleInput = builder.inputType("SignInWithGoogleInput", {
  fields: (t) => ({
    token: t.string({
      required: true,
      description: "The ID token: what Google's button calls `credential`.",
    }),
    nonce: t.string({
      description: "The nonce that the token must carry. One of ours is spent in any case.",
    }),
    transport: t.field({ type: SessionTransportEnum, defaultValue: "COOKIE" }),
  }),
});

const NonceIssued = builder.objectRef<GoogleNonce>("NonceIssued").implement({
  description: "A nonce to give to Google's button. It is good once, for five minutes.",
  fields: (t) => ({
    nonce: t.exposeString("nonce"),
    expiresAt: t.expose("expiresAt", { type: "DateTime" }),
  }),
});

const NonceResult = builder.errorUnion("NonceResult", {
  types: [NonceIssued, GOOGLE_NOT_CONFIGURED, ...COMMON_ERRORS],
  resolveType: () => "NonceIssued",
});

builder.mutationFields((t) => ({
  issueGoogleNonce: t.field({
    type: NonceResult,
    description:
      "A nonce for the next sign-in with Google: the token that carries it is taken once, and soon.",
    authScopes: { anyone: true },
    resolve: (_root, _args, { services }) => issueGoogleNonce(services),
  }),
  signInWithGoogle: t.field({
    type: SignInResult,
    description:
      "Signs in with an ID token of Google's; makes an account for who has none. Whoever is signed in already has Google linked to their account.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: SignInWithGoogleInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const transport = input.transport ?? "COOKIE";
      if (transport === "COOKIE") context.cookies.check();
      return withCookie(
        context,
        await signInWithGoogle(context.services, context.caller, { ...input, transport }),
      );
    },
  }),
}));
