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
  fields: (t) => ({ challenge: t.expose("challenge", { type: SecondFactorFlowType }) }),
});

const StepUpResult = builder.errorUnion("StepUpResult", {
  types: [StepUpStarted, FACTOR_NOT_FOUND, ...COMMON_ERRORS],
  resolveType: () => "StepUpStarted",
});

const TotpEnrolmentType = builder.objectRef<TotpEnrolment>("TotpEnrolment").implement({
  description: "An authenticator app that is being added. The server cannot show the secret again.",
  fields: (t) => ({
    id: t.exposeID("id"),
    secret: t.string({
      description: "The secret in base32, for typing.",
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
  description: "The factor as it is now.",
  fields: (t) => ({
    factor: t.expose("factor", { type: FactorType }),
    recoveryCodes: t.stringList({
      nullable: true,
      description: "Ten codes, with the user's first factor. The server cannot show them again.",
      resolve: ({ recoveryCodes }) => recoveryCodes?.reveal() ?? null,
    }),
  }),
});

export const FactorResult = builder.errorUnion("FactorResult", {
  types: [FactorAdded, SecondFactorRejectedType, STEP_UP_REQUIRED, FACTOR_NOT_FOUND, ...COMMON_ERRORS],
  resolveType: () => "FactorAdded",
});

const RecoveryCodes = builder.objectRef<Secret<string[]>>("RecoveryCodes").implement({
  description: "Ten new recovery codes. The server cannot show them again.",
  fields: (t) => ({ codes: t.stringList({ resolve: (codes) => codes.reveal() }) }),
});

const RecoveryCodesResult = builder.errorUnion("RecoveryCodesResult", {
  types: [RecoveryCodes, STEP_UP_REQUIRED, FACTOR_NOT_FOUND, ...COMMON_ERRORS],
  resolveType: () => "RecoveryCodes",
});

const VerifySecondFactorInput = builder.inputType("VerifySecondFactorInput", {
  description: "Exactly one of the proofs.",
  fields: (t) => ({
    flowId: t.id({
      required: true,
      description: "The flow's id, as the sign-in or `startStepUp` returned it.",
    }),
    totp: t.string({ description: "Six digits. Spaces and full-width digits are accepted." }),
    recoveryCode: t.string({ description: "In upper or lower case, with or without hyphens." }),
    passkey: t.field({ type: "JSON", description: "The response of `navigator.credentials.get`, as JSON." }),
  }),
});

const ConfirmTotpInput = builder.inputType("ConfirmTotpInput", {
  fields: (t) => ({
    enrolmentId: t.id({ required: true }),
    code: t.string({ required: true, description: "The code that the authenticator app shows now." }),
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
      "Proves a second factor, to finish a sign-in or a step-up. A step-up returns the same session with new proofs. SECOND_FACTOR_REJECTED: wrong, used or too late; `attemptsLeft` of the flow says whether to try again.",
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
      "Starts the proof of a second factor that raises the caller's session, for actions that return STEP_UP_REQUIRED. FACTOR_NOT_FOUND: the account has no second factor; sign in again.",
    authScopes: { person: true },
    resolve: async (_root, _args, { caller, services }) => ({
      challenge: await startStepUp(services, caller),
    }),
  }),
  startTotpEnrolment: t.field({
    type: TotpEnrolmentResult,
    description:
      "Begins to add an authenticator app: show the QR code, then call `confirmTotp`. STEP_UP_REQUIRED: prove the strongest factor first, or sign in again without one.",
    authScopes: { person: true },
    resolve: (_root, _args, { caller, services }) => startTotpEnrolment(services, caller),
  }),
  confirmTotp: t.field({
    type: FactorResult,
    description:
      "Adds the authenticator app, after five tries at most. SECOND_FACTOR_REJECTED: the code is wrong, or the enrolment has expired.",
    authScopes: { person: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: ConfirmTotpInput, required: true }) },
    resolve: async (_root, { input }, context) =>
      withNewCookie(context, await confirmTotp(context.services, context.caller, input)),
  }),
  renameFactor: t.field({
    type: FactorResult,
    description:
      "Changes the name of one of the caller's factors. FACTOR_NOT_FOUND: the caller has no such factor.",
    authScopes: { person: true },
    args: { id: t.arg.id({ required: true }), name: t.arg.string({ required: true }) },
    resolve: async (_root, { id, name }, { caller, services }) => ({
      factor: await renameFactor(services, caller, id, name),
    }),
  }),
  removeFactor: t.field({
    type: DoneResult,
    description:
      "Removes one of the caller's factors. STEP_UP_REQUIRED: prove the strongest factor first. LAST_WAY_IN: without this passkey the user could not sign in.",
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
      "Creates ten recovery codes; the earlier ones are void. STEP_UP_REQUIRED: prove the strongest factor first.",
    authScopes: { person: true },
    resolve: (_root, _args, { caller, services }) => regenerateRecoveryCodes(services, caller),
  }),
  resetUserFactors: t.field({
    type: DoneResult,
    description:
      "Removes all second factors of a user who has lost them, ends the user's sessions and mails the user. Requires the role OPERATE.",
    authScopes: { operator: "OPERATE" },
    args: { userId: t.arg.id({ required: true }) },
    resolve: async (_root, { userId }, { caller, services }) => {
      const { user, count } = await resetUserFactors(services, caller, userId);
      const left = methodsOf(user).length === 0 ? ", and the user has no way to sign in now" : "";
      return { message: count === 0 ? "The user had no second factor" : `Removed ${count} factors${left}` };
    },
  }),
}));
