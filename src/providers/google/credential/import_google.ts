import { GOOGLE_LIMITS } from "../google_terms.ts";
import { type Caller, originOf, ownerOf } from "../../../operations/caller.ts";
import { sha256, toBase64Url } from "../../../lib/crypto.ts";
import { InvalidInput } from "../../../lib/errors.ts";
import type { Secret } from "../../../lib/secret.ts";
import { type HasEventLog, inTransaction } from "../../../events/transaction.ts";
import type { HasLimits } from "../../../operations/limits/limits.ts";
import type { HasRefreshHorizon } from "../../../vault/refresh_timing.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";
import type { HasClock } from "../../../lib/clock.ts";
import { requireLiveSession } from "../../../accounts/sessions/live_session.ts";
import type { Credential } from "../../../vault/vault.ts";
import { requireStarter } from "../connect/authorization.ts";
import { type GoogleApi, GoogleNotConfigured, type GoogleTokens, type HasGoogle } from "../api/google_api.ts";
import { type GoogleGrant, storeGoogleGrant } from "./google_credential.ts";
import { parseScopes } from "../api/google_scopes.ts";

/** Google tokens of another program. */
export type ImportedTokens = {
  refreshToken: Secret;
  /** The client that they were granted to, if known. */
  clientId: string | undefined;
  /** Granted scopes; used if Google does not list them. */
  scopes: readonly string[];
};

type ImportServices = HasClock & HasEventLog & HasKeys & HasGoogle & HasLimits & HasRefreshHorizon;

/** Prefix of the account id of tokens whose Google account is unknown. */
export const UNKNOWN_ACCOUNT_PREFIX = "imported:";

/** Google's refresh tokens have about 100 characters. */
const MAX_TOKEN_LENGTH = 2_048;

/**
 * Imports Google tokens of another program. Refreshes them with Google first and stores them only if that works.
 * Importing the same account again replaces the stored tokens. If Google does not name the account, the refresh token
 * identifies it.
 *
 * @throws InvalidInput for a malformed token, malformed scopes, or tokens of another client.
 * @throws GoogleGrantRefused, GoogleClientRefused or GoogleUnreachable as Google answers.
 * @throws GoogleNotConfigured, RateLimited or Forbidden.
 */
export async function importGoogleCredential(
  services: ImportServices,
  caller: Caller,
  imported: ImportedTokens,
): Promise<Credential> {
  const { startedBy } = requireStarter(caller);
  const { google } = services;
  if (!google.configured) throw new GoogleNotConfigured();
  const scopes = parseScopes("import these Google tokens", imported.scopes);
  checkTokens(imported, google.clientId);
  await services.limits.charge(GOOGLE_LIMITS.googlePerUser, { key: startedBy });
  const tokens = await google.refresh(imported.refreshToken);
  const account = await accountOf(google, tokens, imported.refreshToken);
  return await inTransaction(services, async (tx) => {
    await requireLiveSession(tx, caller);
    return await storeGoogleGrant(tx, originOf(caller), {
      ownerId: ownerOf(caller),
      account,
      tokens: { refreshToken: imported.refreshToken, ...tokens },
      scopes,
    });
  });
}

function checkTokens({ refreshToken, clientId }: ImportedTokens, ours: string | undefined): void {
  if (!/^[\x21-\x7e]+$/.test(refreshToken.reveal()) || refreshToken.reveal().length > MAX_TOKEN_LENGTH) {
    throw new InvalidInput(
      "Cannot import these Google tokens: the refresh token is missing, or cannot be one",
      "Give a refresh token of Google's, or connect Google anew",
    );
  }
  if (clientId !== undefined && clientId !== ours) {
    throw new InvalidInput(
      "Cannot import these Google tokens: they were granted to another client than this server's",
      "Set GOOGLE_CLIENT_ID to the client that they were granted to, or connect Google anew",
    );
  }
}

/** Google names the account only if `openid` was granted. */
async function accountOf(
  google: GoogleApi,
  { idToken }: GoogleTokens,
  refreshToken: Secret,
): Promise<GoogleGrant["account"]> {
  if (!idToken) {
    return { subject: `${UNKNOWN_ACCOUNT_PREFIX}${toBase64Url(sha256(refreshToken.reveal()))}`, email: null };
  }
  const { subject, email = null } = await google.verifyIdToken(idToken.reveal());
  return { subject, email };
}
