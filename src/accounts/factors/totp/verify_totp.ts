import type { Tx } from "../../../events/transaction.ts";
import type { HasClock } from "../../../lib/clock.ts";
import type { HasDatabase } from "../../../platform/db/tables.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";
import { open } from "../../../platform/keys/seal.ts";
import type { Outcome } from "../proof.ts";
import { learnedClock, stepAt, stepOfCode } from "./totp.ts";
import { acceptStep, lockTotpsOf, type StoredTotp } from "./totp_store.ts";

type VerifyTx = Tx<HasDatabase & HasClock & HasKeys>;

/** Accepts a code of one of the user's authenticators. Each step is accepted once, also in parallel. */
export async function verifyTotp(tx: VerifyTx, userId: string, code: string): Promise<Outcome> {
  let outcome: Outcome = { refused: "wrong_code" };
  for (const totp of await lockTotpsOf(tx.db, userId)) {
    const step = await matchingStep(tx, totp, code);
    if (step === undefined) continue;
    if (await accept(tx, totp, step)) return { factorId: totp.id };
    outcome = { refused: "used_code" };
  }
  return outcome;
}

async function matchingStep(tx: VerifyTx, totp: StoredTotp, code: string): Promise<number | undefined> {
  const secret = String(await open(tx.keys, "factor", totp.id, totp.sealed));
  return stepOfCode(secret, code, tx.now(), totp.clockSteps);
}

async function accept(tx: VerifyTx, { id, ...totp }: StoredTotp, step: number): Promise<boolean> {
  const difference = step - stepAt(tx.now());
  const clockSteps = learnedClock(totp.clockSteps, totp.lastDifference, difference);
  return await acceptStep(tx.db, id, { step, at: tx.now(), clockSteps, difference });
}
