import { knownBy } from "../../accounts/devices/known_caller.ts";
import { FACTOR_LIMITS } from "../../accounts/factors/factor_terms.ts";
import type { Proof } from "../../accounts/factors/proof.ts";
import { findKnownFacts } from "../../accounts/users/users.ts";
import type { Caller } from "../../operations/caller.ts";
import type { HasLimits } from "../../operations/limits/limits.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";

/**
 * Charges a six-digit code to the account, across all its flows. Devices and networks that the owner has signed
 * in from have a reserve. A device known only by a mailed link has none: reading the mailbox must not give more
 * tries. Recovery codes and passkeys cannot be guessed, so wrong codes of others never block them.
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
  await limits.charge(FACTOR_LIMITS.factorPerKnownAddress, { key: `${userId} ${known.key}` });
}

/** Builds the statement that resets the account's count, after the right proof. */
export function forgetting({ limits }: HasLimits, userId: string) {
  return limits.forgetting([[FACTOR_LIMITS.factorPerAccount, { key: userId }]]);
}
