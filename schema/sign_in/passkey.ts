import type { StartedCeremony } from "../../src/accounts/factors/passkeys/ceremony.ts";
import {
  finishPasskeyEnrolment,
  startPasskeyEnrolment,
} from "../../src/accounts/factors/passkeys/enrol_passkey.ts";
import { registerWithPasskey, startPasskeySignUp } from "../../src/sign_in/passkey/register_with_passkey.ts";
import { signInWithPasskey, startPasskeySignIn } from "../../src/sign_in/passkey/sign_in_with_passkey.ts";
import { builder } from "../lib/builder.ts";
import { COMMON_ERRORS } from "../lib/errors.ts";
import { STEP_UP_REQUIRED, USERNAME_TAKEN } from "../lib/refusals.ts";
import { SessionTransportEnum, SignInResult, withCookie } from "../accounts/sessions.ts";
import { FactorResult, withNewCookie } from "./second_factor.ts";

const PasskeyCeremony = builder.objectRef<StartedCeremony>("PasskeyCeremony").implement({
  description:
    "A challenge for the passkeys of a browser. It expires after five minutes, and accepts one right response.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Send it back with the browser's response. Secret." }),
    options: t.field({
      type: "JSON",
      description:
        "Pass it to `PublicKeyCredential.parseCreationOptionsFromJSON` for a registration, or to `parseRequestOptionsFromJSON` for a sign-in (WebAuthn level 3).",
      resolve: ({ options }) => options,
    }),
    expiresAt: t.expose("expiresAt", { type: "DateTime" }),
  }),
});

const PasskeyCeremonyResult = builder.errorUnion("PasskeyCeremonyResult", {
  types: [PasskeyCeremony, USERNAME_TAKEN, STEP_UP_REQUIRED, ...COMMON_ERRORS],
  resolveType: () => "PasskeyCeremony",
});

const CREATED =
  "The `toJSON()` of the credential that `navigator.credentials.create` returned, at most 64 KiB.";

const FinishPasskeyInput = builder.inputType("FinishPasskeyInput", {
  fields: (t) => ({
    ceremonyId: t.id({ required: true }),
    response: t.field({ type: "JSON", required: true, description: CREATED }),
    name: t.string({ description: "The name of the passkey, 1 to 64 characters. Defaults to `Passkey`." }),
  }),
});

const SignInWithPasskeyInput = builder.inputType("SignInWithPasskeyInput", {
  fields: (t) => ({
    ceremonyId: t.id({ required: true }),
    response: t.field({
      type: "JSON",
      required: true,
      description:
        "The `toJSON()` of the credential that `navigator.credentials.get` returned, at most 64 KiB.",
    }),
    transport: t.field({ type: SessionTransportEnum, defaultValue: "TOKENS" }),
  }),
});

const RegisterWithPasskeyInput = builder.inputType("RegisterWithPasskeyInput", {
  description: "A new account whose only sign-in method is a passkey.",
  fields: (t) => ({
    ceremonyId: t.id({ required: true }),
    response: t.field({ type: "JSON", required: true, description: CREATED }),
    username: t.string({ description: "Defaults to the name given to `startPasskeyRegistration`, or none." }),
    transport: t.field({ type: SessionTransportEnum, defaultValue: "TOKENS" }),
  }),
});

builder.mutationFields((t) => ({
  startPasskeyRegistration: t.field({
    type: PasskeyCeremonyResult,
    description:
      "Starts to create a passkey. Pass the options to `navigator.credentials.create`. With the response, users with an account then call `finishPasskeyRegistration`, and all other callers `registerWithPasskey`. STEP_UP_REQUIRED, for users with an account: call `startStepUp`, or sign in again if they have no second factor. USERNAME_TAKEN: choose another name. INVALID_INPUT: the name is invalid, or the user has ten factors.",
    authScopes: { anyone: true },
    args: {
      username: t.arg.string({
        description: "The username of a new user; optional. Ignored for users with an account.",
      }),
    },
    resolve: (_root, { username }, { caller, services }) =>
      caller.kind === "user" && !caller.isGuest
        ? startPasskeyEnrolment(services, caller)
        : startPasskeySignUp(services, caller, username),
  }),
  finishPasskeyRegistration: t.field({
    type: FactorResult,
    description:
      "Adds the passkey to the caller's account, and raises the caller's session to PHISHING_RESISTANT. The user's first factor comes with recovery codes, and ends the user's other sessions. SECOND_FACTOR_REJECTED: the response is wrong, an account has the passkey already, or the ceremony was used, has expired or belongs to another session. STEP_UP_REQUIRED: call `startStepUp`, or sign in again without a second factor.",
    authScopes: { person: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: FinishPasskeyInput, required: true }) },
    resolve: async (_root, { input }, context) =>
      withNewCookie(context, await finishPasskeyEnrolment(context.services, context.caller, input)),
  }),
  registerWithPasskey: t.field({
    type: SignInResult,
    description:
      "Creates an account with the passkey, and signs in. A calling guest becomes that user, and the guest's earlier sessions end. USERNAME_TAKEN: send the same ceremony and response again with another name. SECOND_FACTOR_REJECTED: the response is wrong, an account has the passkey already, or the ceremony was used, has expired or belongs to another caller.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: RegisterWithPasskeyInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const transport = input.transport ?? "TOKENS";
      if (transport === "COOKIE") context.cookies.check();
      return withCookie(
        context,
        await registerWithPasskey(context.services, context.caller, { ...input, transport }),
      );
    },
  }),
  startPasskeySignIn: t.field({
    type: PasskeyCeremonyResult,
    description:
      "Starts a sign-in with any passkey of this site. Pass the options to `navigator.credentials.get`, also with conditional mediation, and the response to `signInWithPasskey`.",
    authScopes: { anyone: true },
    extensions: { ignoresToken: true },
    resolve: (_root, _args, { services }) => startPasskeySignIn(services),
  }),
  signInWithPasskey: t.field({
    type: SignInResult,
    description:
      "Signs in with a passkey, which also proves the second factor: returns SignedIn, and the session is PHISHING_RESISTANT. SECOND_FACTOR_REJECTED: the passkey is unknown, the response is wrong, or the ceremony was used or has expired. All cases return this error. ACCOUNT_DISABLED: the response is right, but an operator has disabled the user.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true, ignoresToken: true },
    args: { input: t.arg({ type: SignInWithPasskeyInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const transport = input.transport ?? "TOKENS";
      if (transport === "COOKIE") context.cookies.check();
      return withCookie(
        context,
        await signInWithPasskey(context.services, context.caller, { ...input, transport }),
      );
    },
  }),
}));
