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
  description: "A challenge for the browser's passkeys. It works once, for five minutes.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Secret: the browser's response works only together with it." }),
    options: t.field({
      type: "JSON",
      description:
        "For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON` (WebAuthn level 3).",
      resolve: ({ options }) => options,
    }),
    expiresAt: t.expose("expiresAt", { type: "DateTime" }),
  }),
});

const PasskeyCeremonyResult = builder.errorUnion("PasskeyCeremonyResult", {
  types: [PasskeyCeremony, USERNAME_TAKEN, STEP_UP_REQUIRED, ...COMMON_ERRORS],
  resolveType: () => "PasskeyCeremony",
});

const CREATED = "The response of `navigator.credentials.create`, as JSON.";

const FinishPasskeyInput = builder.inputType("FinishPasskeyInput", {
  fields: (t) => ({
    ceremonyId: t.id({ required: true }),
    response: t.field({ type: "JSON", required: true, description: CREATED }),
    name: t.string({ description: "The name of the passkey. Default: `Passkey`." }),
  }),
});

const SignInWithPasskeyInput = builder.inputType("SignInWithPasskeyInput", {
  fields: (t) => ({
    ceremonyId: t.id({ required: true }),
    response: t.field({
      type: "JSON",
      required: true,
      description: "The response of `navigator.credentials.get`, as JSON.",
    }),
    transport: t.field({ type: SessionTransportEnum, defaultValue: "TOKENS" }),
  }),
});

const RegisterWithPasskeyInput = builder.inputType("RegisterWithPasskeyInput", {
  description: "A new account whose only way in is a passkey. A guest who registers one becomes that user.",
  fields: (t) => ({
    ceremonyId: t.id({ required: true }),
    response: t.field({ type: "JSON", required: true, description: CREATED }),
    username: t.string({ description: "Default: the name given to `startPasskeyRegistration`, or none." }),
    transport: t.field({ type: SessionTransportEnum, defaultValue: "TOKENS" }),
  }),
});

builder.mutationFields((t) => ({
  startPasskeyRegistration: t.field({
    type: PasskeyCeremonyResult,
    description:
      "Begins to create a passkey: pass the options to `navigator.credentials.create`. A user with an account then calls `finishPasskeyRegistration`; guests and callers without an account call `registerWithPasskey`. STEP_UP_REQUIRED: prove the strongest factor first, or sign in again without one.",
    authScopes: { anyone: true },
    args: {
      username: t.arg.string({ description: "The name of the new user. Ignored for users with an account." }),
    },
    resolve: (_root, { username }, { caller, services }) =>
      caller.kind === "user" && !caller.isGuest
        ? startPasskeyEnrolment(services, caller)
        : startPasskeySignUp(services, caller, username),
  }),
  finishPasskeyRegistration: t.field({
    type: FactorResult,
    description:
      "Adds the passkey to the caller's account. SECOND_FACTOR_REJECTED: the response is wrong or its credential is known, or the ceremony was used, has expired or belongs to another session.",
    authScopes: { person: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: FinishPasskeyInput, required: true }) },
    resolve: async (_root, { input }, context) =>
      withNewCookie(context, await finishPasskeyEnrolment(context.services, context.caller, input)),
  }),
  registerWithPasskey: t.field({
    type: SignInResult,
    description:
      "Creates an account with the passkey, and signs in. A guest becomes that user, and the guest's earlier sessions end. USERNAME_TAKEN: the ceremony still works, with another name. SECOND_FACTOR_REJECTED: the response is wrong or its credential is known, or the ceremony was used, has expired or belongs to another caller.",
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
      "Begins a sign-in with any passkey of this site: pass the options to `navigator.credentials.get`, also with conditional mediation.",
    authScopes: { anyone: true },
    extensions: { ignoresToken: true },
    resolve: (_root, _args, { services }) => startPasskeySignIn(services),
  }),
  signInWithPasskey: t.field({
    type: SignInResult,
    description:
      "Signs in with a passkey. It proves the second factor too. SECOND_FACTOR_REJECTED: the passkey is unknown, the response is wrong, or the ceremony was used or has expired. All cases return this error.",
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
