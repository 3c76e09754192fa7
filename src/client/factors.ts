import type {
  AddedFactor,
  FactorFacts,
  PasskeyCeremony,
  Refusal,
  SecondFactorFlow,
  TotpEnrolment,
} from "./answers.ts";
import type { Caller } from "./caller.ts";
import type { Document } from "./document.ts";
import * as documents from "./documents.ts";

type FactorResult = AddedFactor & { __typename: "FactorAdded" } | Refusal & { __typename: string };

/**
 * Manages the user's second factors. Without a fresh proof, adding and removing factors and creating recovery codes
 * throw STEP_UP_REQUIRED as `SallyportError`: start a step-up, prove the factor with `verifySecondFactor`, and call the
 * method again.
 */
export type SecondFactors = {
  /** The signed-in user's factors; none when no user is signed in. */
  factors(): Promise<FactorFacts[]>;
  /** Starts the proof of a second factor by the signed-in user. Throws FACTOR_NOT_FOUND if the user has none. */
  startStepUp(): Promise<SecondFactorFlow>;
  /** Starts to add an authenticator app. Show its QR code, and call `confirmTotp` with a code from the app. */
  startTotpEnrolment(): Promise<TotpEnrolment>;
  /** Adds the app. With the user's first factor, it returns `recoveryCodes`: show them, they are returned only once. */
  confirmTotp(enrolmentId: string, code: string): Promise<AddedFactor>;
  /**
   * Starts to create a passkey. Users with an account finish with `finishPasskeyRegistration`; guests and visitors with
   * `registerWithPasskey`.
   */
  startPasskeyRegistration(username?: string): Promise<PasskeyCeremony>;
  /** Adds the passkey. `response` is the browser's response as JSON. Returns recovery codes like `confirmTotp`. */
  finishPasskeyRegistration(ceremonyId: string, response: unknown, name?: string): Promise<AddedFactor>;
  renameFactor(id: string, name: string): Promise<FactorFacts>;
  /** Removes a factor. Removing the last factor removes the recovery codes too. */
  removeFactor(id: string): Promise<string>;
  /** Replaces the recovery codes by ten new ones, and returns them. They are returned only once. */
  regenerateRecoveryCodes(): Promise<string[]>;
};

export function secondFactors({ request, mutate, done }: Caller): SecondFactors {
  const add = async <Variables>(
    document: Document<{ result: FactorResult }, Variables>,
    variables: Variables,
  ): Promise<AddedFactor> => {
    const { factor, recoveryCodes } = await mutate(document, variables);
    return { factor, recoveryCodes };
  };
  return {
    factors: async () => (await request(documents.ListFactors, {})).viewer?.factors ?? [],
    startStepUp: async () => (await mutate(documents.StartStepUp, {})).challenge,
    startTotpEnrolment: () => mutate(documents.StartTotpEnrolment, {}),
    confirmTotp: (enrolmentId, code) => add(documents.ConfirmTotp, { input: { enrolmentId, code } }),
    startPasskeyRegistration: (username) => mutate(documents.StartPasskeyRegistration, { username }),
    finishPasskeyRegistration: (ceremonyId, response, name) =>
      add(documents.FinishPasskeyRegistration, { input: { ceremonyId, response, name } }),
    renameFactor: async (id, name) => (await mutate(documents.RenameFactor, { id, name })).factor,
    removeFactor: (id) => done(documents.RemoveFactor, { id }),
    regenerateRecoveryCodes: async () => (await mutate(documents.RegenerateRecoveryCodes, {})).codes,
  };
}
