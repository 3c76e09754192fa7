import type { AddedFactor } from "../../src/accounts/factors/add_factor.ts";
import type { ChallengeFlow } from "../../src/accounts/factors/challenge.ts";
import type { Factor } from "../../src/accounts/factors/factors.ts";
import {
  regenerateRecoveryCodes,
  removeFactor,
  renameFactor,
  resetUserFactors,
} from "../../src/sign_in/second_factor/manage_factors.ts";
import { startStepUp } from "../../src/accounts/factors/step_up.ts";
import {
  confirmTotp,
  startTotpEnrolment,
  type TotpEnrolment,
} from "../../src/accounts/factors/totp/enrol_totp.ts";
import { verifySecondFactor } from "../../src/sign_in/second_factor/verify_second_factor.ts";
import type { Secret } from "../../src/lib/secret.ts";
import { methodsOf } from "../../src/sign_in/methods.ts";
import { builder } from "../lib/builder.ts";
import type { Context } from "../lib/context.ts";
import { DoneResult } from "../lib/done.ts";
import { COMMON_ERRORS } from "../lib/errors.ts";
import { FACTOR_NOT_FOUND, STEP_UP_REQUIRED } from "../lib/refusals.ts";
import { FactorType } from "../accounts/factor.ts";
import { SecondFactorFlowType, SecondFactorRejectedType } from "../accounts/second_factor.ts";
import { SignInResult, withCookie } from "../accounts/sessions.ts";

const StepUpStarted = builder.objectRef<{ challenge: ChallengeFlow }>("StepUpStarted").implement({
  description: "Pass the id of the challenge to `verifySecondFactor`.",
  fields: (t) => ({ challenge: t.expose("challenge", { type: SecondFactorFlowType }) }),
});

const StepUpResult = builder.errorUnion("StepUpResult", {
  types: [StepUpStarted, FACTOR_NOT_FOUND, ...COMMON_ERRORS],
  resolveType: () => "StepUpStarted",
});

const TotpEnrolmentType = builder.objectRef<TotpEnrolment>("TotpEnrolment").implement({
  description:
    "An authenticator app that is being added with `confirmTotp`. It expires after ten minutes, and ends after five wrong codes. The secret is returned only here.",
  fields: (t) => ({
    id: t.exposeID("id"),
    secret: t.string({
      description: "The secret in base32, for users who cannot scan the QR code.",
      resolve: ({ secret }) => secret.reveal(),
    }),
    otpauthUri: t.string({
      description: "The secret as authenticator apps read it: `otpauth://totp/…`.",
      resolve: ({ uri }) => uri.reveal(),
    }),
    qrCode: t.string({
      description: "An SVG image of the QR code of `otpauthUri`.",
      resolve: ({ qrCode }) => qrCode.reveal(),
    }),
    expiresAt: t.expose("expiresAt", { type: "DateTime" }),
  }),
});

const TotpEnrolmentResult = builder.errorUnion("TotpEnrolmentResult", {
  types: [TotpEnrolmentType, STEP_UP_REQUIRED, ...COMMON_ERRORS],
  resolveType: () => "TotpEnrolment",
});

type ShownFactor = { factor: Factor; recoveryCodes?: Secret<string[]> | null };

const FactorAdded = builder.objectRef<ShownFactor>("FactorAdded").implement({
  description: "The factor that was added or renamed.",
  fields: (t) => ({
    factor: t.expose("factor", { type: FactorType }),
    recoveryCodes: t.stringList({
      nullable: true,
      description:
        "Ten codes if none were left, as with the user's first factor; otherwise null. They are returned only here.",
      resolve: ({ recoveryCodes }) => recoveryCodes?.reveal() ?? null,
    }),
  }),
});

export const FactorResult = builder.errorUnion("FactorResult", {
  types: [FactorAdded, SecondFactorRejectedType, STEP_UP_REQUIRED, FACTOR_NOT_FOUND, ...COMMON_ERRORS],
  resolveType: () => "FactorAdded",
});

const RecoveryCodes = builder.objectRef<Secret<string[]>>("RecoveryCodes").implement({
  description: "Ten new recovery codes. They are returned only here.",
  fields: (t) => ({ codes: t.stringList({ resolve: (codes) => codes.reveal() }) }),
});

const RecoveryCodesResult = builder.errorUnion("RecoveryCodesResult", {
  types: [RecoveryCodes, STEP_UP_REQUIRED, FACTOR_NOT_FOUND, ...COMMON_ERRORS],
  resolveType: () => "RecoveryCodes",
});

const VerifySecondFactorInput = builder.inputType("VerifySecondFactorInput", {
  description: "The flow, and exactly one of `totp`, `recoveryCode` and `passkey`.",
  fields: (t) => ({
    flowId: t.id({
      required: true,
      description: "The id of the challenge that the sign-in or `startStepUp` returned.",
    }),
    totp: t.string({
      description:
        "The six digits of an authenticator app. Spaces, hyphens and full-width digits are accepted.",
    }),
    recoveryCode: t.string({
      description: "A recovery code, in upper or lower case, with or without hyphens.",
    }),
    passkey: t.field({
      type: "JSON",
      description:
        "The `toJSON()` of the credential that `navigator.credentials.get` returned for `passkeyOptions` of the flow.",
    }),
  }),
});

const ConfirmTotpInput = builder.inputType("ConfirmTotpInput", {
  fields: (t) => ({
    enrolmentId: t.id({ required: true }),
    code: t.string({ required: true, description: "The six digits that the app shows now." }),
  }),
});

/** Sets the cookie of the raised session. */
export function withNewCookie({ cookies }: Context, added: AddedFactor): AddedFactor {
  if (added.cookie) cookies.set(added.cookie.token, added.cookie.expiresAt);
  return added;
}

builder.mutationFields((t) => ({
  verifySecondFactor: t.field({
    type: SignInResult,
    description:
      "Proves a second factor, and finishes a sign-in or a step-up. A sign-in returns its session. A step-up requires the caller's session, and returns it with a new access token or cookie. SECOND_FACTOR_REJECTED: the proof is wrong or was used, or the flow has ended or expired; `attemptsLeft` of the flow tells whether to try again. RATE_LIMITED: too many codes were tried for this user. ACCOUNT_DISABLED: the proof is right, but an operator has disabled the user. INVALID_INPUT: the proof is malformed; this uses no attempt.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true, ignoresToken: true },
    args: { input: t.arg({ type: VerifySecondFactorInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const check = (transport: string) => void (transport === "COOKIE" && context.cookies.check());
      return withCookie(context, await verifySecondFactor(context.services, context.caller, input, check));
    },
  }),
  startStepUp: t.field({
    type: StepUpResult,
    description:
      "Starts a step-up, after another mutation returned STEP_UP_REQUIRED: prove the factor with `verifySecondFactor`, and repeat that mutation within ten minutes. FACTOR_NOT_FOUND: the account has no second factor; sign in again instead.",
    authScopes: { person: true },
    resolve: async (_root, _args, { caller, services }) => ({
      challenge: await startStepUp(services, caller),
    }),
  }),
  startTotpEnrolment: t.field({
    type: TotpEnrolmentResult,
    description:
      "Starts to add an authenticator app: show the QR code, then call `confirmTotp`. Guests get FORBIDDEN. STEP_UP_REQUIRED: call `startStepUp`, or sign in again without a second factor. INVALID_INPUT: the user has ten factors.",
    authScopes: { person: true },
    resolve: (_root, _args, { caller, services }) => startTotpEnrolment(services, caller),
  }),
  confirmTotp: t.field({
    type: FactorResult,
    description:
      "Adds the authenticator app, and raises the caller's session to at least MULTI. The user's first factor comes with recovery codes, and ends the user's other sessions. SECOND_FACTOR_REJECTED: the code is wrong, or the enrolment is unknown, ended or expired; after five wrong codes it has ended. STEP_UP_REQUIRED: call `startStepUp`, or sign in again without a second factor.",
    authScopes: { person: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: ConfirmTotpInput, required: true }) },
    resolve: async (_root, { input }, context) =>
      withNewCookie(context, await confirmTotp(context.services, context.caller, input)),
  }),
  renameFactor: t.field({
    type: FactorResult,
    description:
      "Renames one of the caller's factors, to 1 to 64 characters. FACTOR_NOT_FOUND: the caller has no factor with this id.",
    authScopes: { person: true },
    args: { id: t.arg.id({ required: true }), name: t.arg.string({ required: true }) },
    resolve: async (_root, { id, name }, { caller, services }) => ({
      factor: await renameFactor(services, caller, id, name),
    }),
  }),
  removeFactor: t.field({
    type: DoneResult,
    description:
      "Removes one of the caller's factors, and ends the caller's other sessions that proved a factor of its kind. Removing the last factor removes the recovery codes too. STEP_UP_REQUIRED: call `startStepUp`. FACTOR_NOT_FOUND: the caller has no factor with this id. LAST_WAY_IN: without this passkey, the user would have no sign-in method.",
    authScopes: { person: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { caller, services }) => {
      await removeFactor(services, caller, id);
      return { message: "Removed" };
    },
  }),
  regenerateRecoveryCodes: t.field({
    type: RecoveryCodesResult,
    description:
      "Replaces the caller's recovery codes by ten new ones. STEP_UP_REQUIRED: call `startStepUp`. FACTOR_NOT_FOUND: recovery codes require another second factor.",
    authScopes: { person: true },
    resolve: (_root, _args, { caller, services }) => regenerateRecoveryCodes(services, caller),
  }),
  resetUserFactors: t.field({
    type: DoneResult,
    description:
      "Removes all second factors of a user who has lost them, ends the user's sessions, and mails the user at the verified address. A user whose only sign-in method is a passkey cannot sign in afterwards; the message says so. Requires the role OPERATE.",
    authScopes: { operator: "OPERATE" },
    args: { userId: t.arg.id({ required: true }) },
    resolve: async (_root, { userId }, { caller, services }) => {
      const { user, count } = await resetUserFactors(services, caller, userId);
      const left = methodsOf(user).length === 0 ? ", and the user has no way to sign in now" : "";
      return { message: count === 0 ? "The user had no second factor" : `Removed ${count} factors${left}` };
    },
  }),
}));
