import { knownBy } from "../../accounts/devices/known_caller.ts";
import { FACTOR_LIMITS } from "../../accounts/factors/factor_terms.ts";
import type { Proof } from "../../accounts/factors/proof.ts";
import { findKnownFacts } from "../../accounts/users/users.ts";
import type { Caller } from "../../operations/caller.ts";
import type { HasLimits } from "../../operations/limits/limits.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";

/**
 * Charges a six-digit code to the limit of the account. When that is used up, a device or network from which the owner
 * has signed in has a limit of its own. A mailed link does not make a device known here, because access to the mailbox
 * must not give more tries. Recovery codes and passkeys cannot be guessed, so they are never charged.
 *
 * @throws `RateLimited`
 */
export async function chargeAttempt(
  { db, limits }: HasDatabase & HasLimits,
  caller: Caller,
  userId: string,
  { kind }: Proof,
): Promise<void> {
  if (kind !== "TOTP") return;
  const refused = await limits.chargeEach([[FACTOR_LIMITS.factorPerAccount, { key: userId }]]);
  if (!refused) return;
  const known = knownBy(caller, await findKnownFacts(db, userId, caller.ipAddress), null);
  if (!known) throw refused.error;
  await limits.charge(FACTOR_LIMITS.factorPerKnownAddress, { key: userId, from: known.key });
}

/** Builds the statement that resets the limit of the account after a right proof. */
export function forgetting({ limits }: HasLimits, userId: string) {
  return limits.forgetting([[FACTOR_LIMITS.factorPerAccount, { key: userId }]]);
}
