import type { FactorKind, SecondFactorFlow, SignedIn } from "../../client/sallyport.ts";
import type { Context } from "../context.ts";
import type { Field } from "../form.ts";

/** A way to prove a second factor. */
export type Way = {
  kind: FactorKind;
  ask: string;
  /** The label of the button that selects it. */
  select: string;
  /** Undefined if the user types nothing. */
  field?: Field;
  /** The label of the button that proves it; by default that of the challenge. */
  submit?: string;
  /** The message when it is refused. */
  wrong: string;
  verify: (context: Context, flow: SecondFactorFlow, typed: string) => Promise<SignedIn>;
};

/** Of those that a challenge accepts, the first is shown first. */
const WAYS: readonly Way[] = [
  {
    kind: "PASSKEY",
    ask: "Confirm with your passkey.",
    select: "Use your passkey instead",
    submit: "Use your passkey",
    wrong: "This passkey was not accepted",
    verify: ({ passkeys }, flow) => {
      if (!passkeys) throw new TypeError("A page without passkeys offers none");
      return passkeys.verify(flow);
    },
  },
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
    wrong: "Wrong code",
    verify: ({ client }, { id }, totp) => client.verifySecondFactor(id, { totp }),
  },
  {
    kind: "RECOVERY_CODES",
    ask: "Enter one of your recovery codes. Each code works once.",
    select: "Use a recovery code instead",
    field: { label: "Recovery code", autocomplete: "off" },
    wrong: "Wrong code",
    verify: ({ client }, { id }, recoveryCode) => client.verifySecondFactor(id, { recoveryCode }),
  },
];

/** Returns the ways that the challenge accepts and that work in this page. */
export function waysOf({ passkeys }: Context, { factors, passkeyOptions }: SecondFactorFlow): Way[] {
  return WAYS.filter(({ kind }) =>
    factors.includes(kind) && (kind !== "PASSKEY" || (passkeys && passkeyOptions !== null))
  );
}
