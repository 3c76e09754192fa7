import type { FactorKind, SecondFactorProof } from "../../client/sallyport.ts";
import type { Field } from "../form.ts";

/** A way to prove a second factor. */
export type Way = {
  kind: FactorKind;
  ask: string;
  /** The label of the button that selects it. */
  select: string;
  field: Field;
  proof: (typed: string) => SecondFactorProof;
};

/** Of those that a challenge accepts, the first is shown first. */
export const WAYS: readonly Way[] = [
  {
    kind: "TOTP",
    ask: "Enter the code from your authenticator app.",
    select: "Use the authenticator app instead",
    field: {
      label: "Six digits",
      autocomplete: "one-time-code",
      inputMode: "numeric",
      hint: "Each code works once. The app shows a new one every 30 seconds.",
    },
    proof: (totp) => ({ totp }),
  },
  {
    kind: "RECOVERY_CODES",
    ask: "Enter one of your recovery codes. Each code works once.",
    select: "Use a recovery code instead",
    field: { label: "Recovery code", autocomplete: "off" },
    proof: (recoveryCode) => ({ recoveryCode }),
  },
];
