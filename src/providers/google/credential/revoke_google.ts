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
 * Ends the grant at Google, with all tokens that belong to it, then destroys the stored tokens, even when Google cannot
 * be asked: `lastFailure` says so then. Throws `CredentialNotFound` or `Forbidden`. Revoking twice changes nothing.
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
      // Tokens that came meanwhile: Google is asked about them too.
      if (locked.envelope?.sealed !== asked) return locked;
      return await revokeLocally(tx, originOf(caller), locked, {
        atProvider: failure === undefined,
        note: failure ? `${REVOKED_HERE_ONLY}. ${failure.message}` : null,
      });
    });
  }
  return credential;
}

/** Calls to Google at a time. */
const AT_ONCE = 10;

/** Whoever deletes somebody waits for it: after this time no call is begun. */
const MOST_SECONDS = 20;

/** Credentials that are in memory at a time. */
const PAGE_SIZE = 100;

/**
 * Asks Google to end what a user has granted, the newest first, and leaves what is stored here: for whoever deletes
 * them next. Somebody else who has connected the same Google account has to connect it again. Returns how many grants
 * Google was not told of, because it could not be asked, or not within 20 seconds.
 */
export async function revokeGrantsOf(
  services: HasDatabase & HasClock & HasKeys & HasGoogle,
  userId: string,
): Promise<number> {
  const end = services.now().getTime() + MOST_SECONDS * 1000;
  let left = 0;
  for await (const grants of grantsOf(services.db, userId)) {
    await inParallel(grants, AT_ONCE, async (credential) => {
      if (services.now().getTime() >= end || await revokeAtGoogle(services, credential)) left++;
    });
  }
  return left;
}

/** What a user has of Google and has not revoked, a page at a time. */
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

/** Why Google still takes the tokens, if it does. One that it does not know any more is revoked. */
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
