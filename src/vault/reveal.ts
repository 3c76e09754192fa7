import { type Caller, originOf } from "../caller.ts";
import { AuthError } from "../errors.ts";
import { recordEvent } from "../events/events.ts";
import type { Secret } from "../secret.ts";
import { inTransaction, type Services } from "../services.ts";
import { type Credential, lockCredentialFor, openCredential } from "./vault.ts";

/** What was asked for is shown only shortly after a sign-in: a session that was left open, or stolen, is not enough. */
export class RecentSignInRequired extends AuthError {
  readonly code = "RECENT_SIGN_IN_REQUIRED";
  constructor() {
    super("Cannot show this secret: you signed in too long ago", { actionRequired: "Sign in again" });
  }
}

/** How long after a sign-in a person may have secrets shown; refreshing a session is no sign-in. */
const RECENT_SIGN_IN_MS = 10 * 60 * 1000;

/**
 * Gives out a credential's secret to its owner, who must have signed in within ten minutes, or to an operator with the
 * role REVEAL, and records `credential.revealed` in the same transaction.
 * Throws `CredentialNotFound`, `Forbidden`, `RecentSignInRequired` or `ReauthorizationRequired`.
 */
export async function revealCredential(
  services: Pick<Services, "db" | "now" | "wakeLog" | "keys">,
  caller: Caller,
  id: string,
): Promise<{ credential: Credential; secret: Secret<unknown> }> {
  return await inTransaction(services, async (tx) => {
    const credential = await lockCredentialFor(tx, caller, id, "REVEAL");
    if (caller.kind === "user" && tx.now().getTime() - caller.signedInAt.getTime() > RECENT_SIGN_IN_MS) {
      throw new RecentSignInRequired();
    }
    const secret = openCredential(services.keys, credential);
    const { provider, ownerId } = credential;
    recordEvent(
      tx,
      "credential.revealed",
      originOf(caller),
      { credentialId: credential.id, userId: ownerId },
      {
        provider,
      },
    );
    return { credential, secret };
  });
}
