import type { AddedFactor, FactorFacts, SecondFactorFlow, TotpEnrolment } from "./answers.ts";
import type { Caller } from "./caller.ts";
import * as documents from "./documents.ts";

/**
 * Manages the user's second factors. The methods that change them throw STEP_UP_REQUIRED, as `SallyportError`, without
 * a fresh proof: start a step-up, prove the factor with `verifySecondFactor`, and call the method again.
 */
export type SecondFactors = {
  /** The signed-in user's factors; none when no user is signed in. */
  factors(): Promise<FactorFacts[]>;
  /** Starts the proof of a second factor by the signed-in user. Throws FACTOR_NOT_FOUND if the user has none. */
  startStepUp(): Promise<SecondFactorFlow>;
  /** Begins to add an authenticator app: show its QR code, and confirm with a code of the app. */
  startTotpEnrolment(): Promise<TotpEnrolment>;
  /** Adds the app. Show the `recoveryCodes` that come with the first factor: the server cannot show them again. */
  confirmTotp(enrolmentId: string, code: string): Promise<AddedFactor>;
  renameFactor(id: string, name: string): Promise<FactorFacts>;
  /** Removes a factor. Recovery codes go with the last one. */
  removeFactor(id: string): Promise<string>;
  /** Creates ten recovery codes, and returns them once. The earlier ones are void. */
  regenerateRecoveryCodes(): Promise<string[]>;
};

export function secondFactors({ request, mutate, done }: Caller): SecondFactors {
  return {
    factors: async () => (await request(documents.ListFactors, {})).viewer?.factors ?? [],
    startStepUp: async () => (await mutate(documents.StartStepUp, {})).challenge,
    startTotpEnrolment: () => mutate(documents.StartTotpEnrolment, {}),
    confirmTotp: async (enrolmentId, code) => {
      const { factor, recoveryCodes } = await mutate(documents.ConfirmTotp, { input: { enrolmentId, code } });
      return { factor, recoveryCodes };
    },
    renameFactor: async (id, name) => (await mutate(documents.RenameFactor, { id, name })).factor,
    removeFactor: (id) => done(documents.RemoveFactor, { id }),
    regenerateRecoveryCodes: async () => (await mutate(documents.RegenerateRecoveryCodes, {})).codes,
  };
}
