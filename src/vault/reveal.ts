import { type Caller, originOf, requireRecentSignIn } from "../operations/caller.ts";
import { recordEvent } from "../events/events.ts";
import type { Secret } from "../lib/secret.ts";
import { type HasEventLog, inTransaction } from "../events/transaction.ts";
import type { HasClock } from "../lib/clock.ts";
import type { HasKeys } from "../platform/keys/root_key.ts";
import { type Credential, lockCredentialFor, openCredential } from "./vault.ts";

/**
 * Gives out a credential's secret to its owner, who must have signed in within ten minutes, or to an operator with the
 * role REVEAL, and records `credential.revealed` in the same transaction.
 * Throws `CredentialNotFound`, `Forbidden`, `RecentSignInRequired` or `ReauthorizationRequired`.
 */
export async function revealCredential(
  services: HasClock & HasEventLog & HasKeys,
  caller: Caller,
  id: string,
): Promise<{ credential: Credential; secret: Secret<unknown> }> {
  return await inTransaction(services, async (tx) => {
    const credential = await lockCredentialFor(tx, caller, id, "REVEAL");
    if (caller.kind === "user") requireRecentSignIn(caller, tx.now(), "show this secret");
    const secret = openCredential(services.keys, credential);
    const { provider, ownerId } = credential;
    const subjects = { credentialId: credential.id, userId: ownerId };
    recordEvent(tx, "credential.revealed", originOf(caller), subjects, { provider });
    return { credential, secret };
  });
}
