import { type Caller, mayAct, originOf, refusal } from "../caller.ts";
import { AuthError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { inTransaction, type Services } from "../services.ts";
import { type Credential, getCredential, lockCredentialFor, revokeLocally } from "../vault/vault.ts";
import type { GoogleApi } from "./google_api.ts";
import { googleSecretOf } from "./google_credential.ts";

type RevokeServices = Pick<
  Services,
  "db" | "now" | "wakeLog" | "refreshHorizonSeconds" | "keys" | "google"
>;

const REVOKED_HERE_ONLY =
  "Revoked here only, so remove the access at https://myaccount.google.com/permissions";

/**
 * Ends the grant at Google, with all tokens that belong to it, then destroys the stored tokens, even when Google cannot
 * be asked: `lastFailure` says so then. Throws `CredentialNotFound` or `Forbidden`. Revoking twice changes nothing.
 */
export async function revokeGoogleCredential(
  services: RevokeServices,
  caller: Caller,
  id: string,
): Promise<Credential> {
  const credential = await getCredential(services, caller, id);
  if (!mayAct(caller, "OPERATE", credential.ownerId)) throw refusal(caller, "OPERATE");
  if (credential.revokedAt) return credential;
  const failure = await revokeAtGoogle(services, credential);
  return await inTransaction(services, async (tx) => {
    const locked = await lockCredentialFor(tx, caller, id);
    return await revokeLocally(tx, originOf(caller), locked, {
      atProvider: failure === undefined,
      note: failure ? `${REVOKED_HERE_ONLY}. ${failure.message}` : null,
    });
  });
}

/** Why Google still takes the tokens, if it does. One that it does not know any more is revoked. */
async function revokeAtGoogle(
  { keys, google }: { keys: Services["keys"]; google: GoogleApi },
  credential: Credential,
): Promise<AuthError | undefined> {
  try {
    const { refreshToken, accessToken } = googleSecretOf(keys, credential);
    await google.revoke(new Secret(refreshToken ?? accessToken));
    return undefined;
  } catch (error) {
    if (error instanceof AuthError) return error;
    throw error;
  }
}
