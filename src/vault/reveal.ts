import { type Caller, type HasFreshProof, originOf } from "../operations/caller.ts";
import { recordEvent } from "../events/events.ts";
import type { Secret } from "../lib/secret.ts";
import { type HasEventLog, inTransaction } from "../events/transaction.ts";
import type { HasClock } from "../lib/clock.ts";
import type { HasKeys } from "../platform/keys/root_key.ts";
import { type Credential, lockCredentialFor } from "./vault.ts";
import { openCredential } from "./open_credential.ts";

/**
 * Returns a credential's secret and records `credential.revealed` in the same transaction. The caller must be the owner
 * with a fresh proof (see `requireFreshProof`), or an operator with the role REVEAL.
 *
 * @throws CredentialNotFound if the credential does not exist or the caller may not see it.
 * @throws Forbidden if an operator lacks the role REVEAL.
 * @throws StepUpRequired if the user has not proven their strongest factor within the last ten minutes.
 * @throws ReauthorizationRequired if the credential was revoked or cannot be opened.
 */
export async function revealCredential(
  services: HasClock & HasEventLog & HasFreshProof & HasKeys,
  caller: Caller,
  id: string,
): Promise<{ credential: Credential; secret: Secret<unknown> }> {
  return await inTransaction(services, async (tx) => {
    if (caller.kind === "user") await services.requireFreshProof(tx, caller, "show this secret");
    const credential = await lockCredentialFor(tx, caller, id, "REVEAL");
    const secret = openCredential(services.keys, credential);
    const { provider, ownerId } = credential;
    const subjects = { credentialId: credential.id, userId: ownerId };
    recordEvent(tx, "credential.revealed", originOf(caller), subjects, { provider });
    return { credential, secret };
  });
}
