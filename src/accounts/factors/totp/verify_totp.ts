import { getLogger } from "@logtape/logtape";
import type { Tx } from "../../../events/transaction.ts";
import type { HasClock } from "../../../lib/clock.ts";
import type { HasDatabase } from "../../../platform/db/tables.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";
import { CannotOpen, open } from "../../../platform/keys/seal.ts";
import type { Outcome } from "../proof.ts";
import { learnedClock, stepAt, stepOfCode } from "./totp.ts";
import { acceptStep, lockTotpsOf, type StoredTotp } from "./totp_store.ts";

const log = getLogger(["sallyport", "factors"]);

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
  const secret = await open(tx.keys, "factor", totp.id, totp.sealed).catch(unreadable);
  return secret === undefined ? undefined : stepOfCode(String(secret), code, tx.now(), totp.clockSteps);
}

/** Logs an authenticator that cannot be opened, so that the user's others keep working. */
function unreadable(error: unknown): undefined {
  if (!(error instanceof CannotOpen)) throw error;
  log.warn("An authenticator cannot be opened: {error}", { error });
}

async function accept(tx: VerifyTx, { id, ...totp }: StoredTotp, step: number): Promise<boolean> {
  const difference = step - stepAt(tx.now());
  const clockSteps = learnedClock(totp.clockSteps, totp.lastDifference, difference);
  return await acceptStep(tx.db, id, { step, at: tx.now(), clockSteps, difference });
}
