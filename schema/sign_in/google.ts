import { type GoogleNonce, issueGoogleNonce } from "../../src/sign_in/google/nonce.ts";
import { LinkRequiresProof } from "../../src/sign_in/google/link_google.ts";
import { signInWithGoogle } from "../../src/sign_in/google/sign_in_with_google.ts";
import { builder } from "../lib/builder.ts";
import { COMMON_ERRORS, errorType } from "../lib/errors.ts";
import { GOOGLE_NOT_CONFIGURED } from "../providers/google_errors.ts";
import { SessionTransportEnum, SignInResult, withCookie } from "../accounts/sessions.ts";

errorType(
  LinkRequiresProof,
  "Another account has this address or this Google account. Sign in to that account, and link Google there.",
);

const SignInWithGoogleInput = builder.inputType("SignInWithGoogleInput", {
  fields: (t) => ({
    token: t.string({
      required: true,
      description: "Google's ID token. Google's button returns it as `credential`.",
    }),
    nonce: t.string({
      description:
        "The nonce that the token must contain, from `issueGoogleNonce`. It is used up even if the sign-in fails.",
    }),
    transport: t.field({ type: SessionTransportEnum, defaultValue: "COOKIE" }),
  }),
});

const NonceIssued = builder.objectRef<GoogleNonce>("NonceIssued").implement({
  description: "A nonce to pass to Google's button. It is valid once, for five minutes.",
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
      "Creates a nonce for the next sign-in with Google. It is valid once, for five minutes, so that a stolen ID token cannot be replayed.",
    authScopes: { anyone: true },
    extensions: { ignoresToken: true },
    resolve: (_root, _args, { services }) => issueGoogleNonce(services),
  }),
  signInWithGoogle: t.field({
    type: SignInResult,
    description:
      "Signs in with a Google ID token and creates an account if needed. If the caller is already signed in, it links Google to their account instead, which requires a fresh proof (STEP_UP_REQUIRED). LINK_REQUIRES_PROOF: another account has the address or the Google account. GOOGLE_TOKEN_REJECTED: get a new token.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true, ignoresToken: true, upgradesGuest: true },
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
