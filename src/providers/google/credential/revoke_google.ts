import { GOOGLE } from "../google_terms.ts";
import { type Caller, mayAct, originOf, refusal } from "../../../operations/caller.ts";
import { AuthError } from "../../../lib/errors.ts";
import { inParallel } from "../../../lib/parallel.ts";
import { Secret } from "../../../lib/secret.ts";
import { type HasEventLog, inTransaction } from "../../../events/transaction.ts";
import type { HasRefreshHorizon } from "../../../vault/refresh_timing.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";
import type { HasDatabase } from "../../../platform/db/tables.ts";
import type { HasClock } from "../../../lib/clock.ts";
import {
  type Credential,
  getCredential,
  lockCredentialFor,
  pageOfCredentials,
  revokeLocally,
} from "../../../vault/vault.ts";
import type { GoogleApi, HasGoogle } from "../api/google_api.ts";
import { googleSecretOf } from "./google_credential.ts";

type RevokeServices = HasClock & HasEventLog & HasRefreshHorizon & HasKeys & HasGoogle;

const REVOKED_HERE_ONLY =
  "Revoked here only, so remove the access at https://myaccount.google.com/permissions";

/**
 * Revokes the grant at Google with all its tokens, then destroys the stored tokens. The tokens are destroyed even if
 * Google cannot be reached; `lastFailure` then says so. Revoking twice changes nothing.
 *
 * @throws CredentialNotFound or Forbidden.
 */
export async function revokeGoogleCredential(
  services: RevokeServices,
  caller: Caller,
  id: string,
): Promise<Credential> {
  let credential = await getCredential(services, caller, id);
  if (!mayAct(caller, "OPERATE", credential.ownerId)) throw refusal(caller, "OPERATE");
  while (!credential.revokedAt) {
    const failure = await revokeAtGoogle(services, credential);
    const asked = credential.envelope?.sealed;
    credential = await inTransaction(services, async (tx) => {
      const locked = await lockCredentialFor(tx, caller, id);
      // New tokens were stored in the meantime. Revoke them at Google too.
      if (locked.envelope?.sealed !== asked) return locked;
      return await revokeLocally(tx, originOf(caller), locked, {
        atProvider: failure === undefined,
        note: failure ? `${REVOKED_HERE_ONLY}. ${failure.message}` : null,
      });
    });
  }
  return credential;
}

/** Maximum number of parallel calls to Google. */
const MAX_PARALLEL = 10;

/** The deletion of a user waits for these calls, so none starts after this time. */
const MAX_SECONDS = 20;

/** Credentials loaded at a time. */
const PAGE_SIZE = 100;

/**
 * Revokes all grants of a user at Google, newest first, before the user is deleted. Changes nothing in the database.
 * Other users who have connected the same Google account must connect it again.
 *
 * @returns the number of grants that could not be revoked within 20 seconds or because Google could not be reached.
 */
export async function revokeGrantsOf(
  services: HasDatabase & HasClock & HasKeys & HasGoogle,
  userId: string,
): Promise<number> {
  const end = services.now().getTime() + MAX_SECONDS * 1000;
  let failed = 0;
  for await (const grants of grantsOf(services.db, userId)) {
    await inParallel(grants, MAX_PARALLEL, async (credential) => {
      if (services.now().getTime() >= end || await revokeAtGoogle(services, credential)) failed++;
    });
  }
  return failed;
}

/** Yields the Google credentials of a user that are not revoked, page by page. */
async function* grantsOf(db: HasDatabase["db"], userId: string): AsyncGenerator<Credential[]> {
  const filter = { ownerId: userId, provider: GOOGLE } as const;
  let before: string | undefined;
  while (true) {
    const page = await pageOfCredentials(db, { before, limit: PAGE_SIZE, newestFirst: true }, filter);
    yield page.filter(({ revokedAt }) => revokedAt === null);
    before = page.at(-1)?.id;
    if (page.length < PAGE_SIZE) return;
  }
}

/**
 * Revokes the tokens at Google. Returns the error if that failed. A token that Google no longer knows counts as
 * revoked.
 */
async function revokeAtGoogle(
  { keys, google }: { keys: HasKeys["keys"]; google: GoogleApi },
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
