import type { Origin } from "../../../events/events.ts";
import type { Tx } from "../../../events/transaction.ts";
import type { HasClock } from "../../../lib/clock.ts";
import { hasEnded } from "../../../flows/flows.ts";
import type { HasDatabase } from "../../../platform/db/tables.ts";
import type { ChallengeFlow } from "../challenge.ts";
import type { ProofOutcome } from "../proof.ts";
import { copyWarnings, verifyAssertion } from "./assertion.ts";
import { authenticationOptions } from "./options.ts";
import { notingUse } from "./passkey_store.ts";
import type { HasRelyingParty } from "./relying_party.ts";

/**
 * Returns the options for `navigator.credentials.get()` in this flow; null if the flow has ended, or accepts no
 * passkey.
 */
export async function passkeyOptionsOf(
  { relyingParty }: HasRelyingParty,
  flow: ChallengeFlow,
): Promise<object | null> {
  const { passkeys } = flow.detail;
  if (!passkeys || hasEnded(flow)) return null;
  return (await authenticationOptions(relyingParty(), passkeys.allowed, passkeys.challenge)).options;
}

/** Verifies a response of one of the user's passkeys to the challenge of the flow. The user must be locked. */
export async function provePasskey(
  tx: Tx<HasDatabase & HasClock & HasRelyingParty>,
  origin: Origin,
  userId: string,
  { detail: { passkeys } }: ChallengeFlow,
  response: unknown,
): Promise<ProofOutcome> {
  if (!passkeys) return { refused: "other_kind" };
  const assertion = await verifyAssertion(tx, passkeys.challenge, response, userId);
  if ("refused" in assertion) return assertion;
  const { passkey: { factorId }, use } = assertion;
  await notingUse(tx.db, factorId, { ...use, at: tx.now() }).execute();
  tx.events.push(...copyWarnings(tx, origin, assertion));
  return { factorId };
}
