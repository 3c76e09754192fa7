import { getLogger } from "@logtape/logtape";
import type { Tx } from "../../../events/transaction.ts";
import type { HasClock } from "../../../lib/clock.ts";
import type { HasDatabase } from "../../../platform/db/tables.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";
import { CannotOpen, open } from "../../../platform/keys/seal.ts";
import type { ProofOutcome } from "../proof.ts";
import { learnedClock, stepAt, stepOfCode } from "./totp.ts";
import { acceptStep, lockTotpsOf, type StoredTotp } from "./totp_store.ts";

const log = getLogger(["sallyport", "factors"]);

type VerifyTx = Tx<HasDatabase & HasClock & HasKeys>;

/** Accepts the code of one of the user's authenticators. Of several parallel uses of a code, one succeeds. */
export async function verifyTotp(tx: VerifyTx, userId: string, code: string): Promise<ProofOutcome> {
  let outcome: ProofOutcome = { refused: "wrong_code" };
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

/** Logs that an authenticator cannot be opened. The user's other authenticators still work. */
function unreadable(error: unknown): undefined {
  if (!(error instanceof CannotOpen)) throw error;
  log.warn("An authenticator cannot be opened: {error}", { error });
}

async function accept(tx: VerifyTx, { id, ...totp }: StoredTotp, step: number): Promise<boolean> {
  const difference = step - stepAt(tx.now());
  const clockSteps = learnedClock(totp.clockSteps, totp.lastDifference, difference);
  return await acceptStep(tx.db, id, { step, at: tx.now(), clockSteps, difference });
}
