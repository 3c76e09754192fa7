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

/** What a program of somebody's has of Google's. */
export type ForeignTokens = {
  refreshToken: Secret;
  /** The client that they were granted to, where it is known. */
  clientId: string | undefined;
  /** What was granted, should Google not say. */
  scopes: readonly string[];
};

type ImportServices = HasClock & HasEventLog & HasKeys & HasGoogle & HasLimits & HasRefreshHorizon;

/** Begins the account of tokens of which Google does not say whose they are. */
export const UNNAMED = "imported:";

/** Google's are about 100 characters long. */
const LONGEST_TOKEN = 2_048;

/**
 * Takes over tokens that another program has: refreshed with Google first, and stored only when that works. The same
 * account imported again takes the place of what was stored before; where Google does not say whose they are, the
 * same refresh token does. Throws `InvalidInput` for what cannot be such a token or was granted to another client,
 * what Google answers (`GoogleGrantRefused`, `GoogleClientRefused`, `GoogleUnreachable`), `GoogleNotConfigured`,
 * `RateLimited` or `Forbidden`.
 */
export async function importGoogleCredential(
  services: ImportServices,
  caller: Caller,
  foreign: ForeignTokens,
): Promise<Credential> {
  const { startedBy } = requireStarter(caller);
  const { google } = services;
  if (!google.configured) throw new GoogleNotConfigured();
  const scopes = parseScopes("import these Google tokens", foreign.scopes);
  checkForeign(foreign, google.clientId);
  await services.limits.charge(GOOGLE_LIMITS.googlePerUser, { key: startedBy });
  const tokens = await google.refresh(foreign.refreshToken);
  const account = await accountOf(google, tokens, foreign.refreshToken);
  return await inTransaction(services, async (tx) => {
    await requireLiveSession(tx, caller);
    return await storeGoogleGrant(tx, originOf(caller), {
      ownerId: ownerOf(caller),
      account,
      tokens: { refreshToken: foreign.refreshToken, ...tokens },
      scopes,
    });
  });
}

function checkForeign({ refreshToken, clientId }: ForeignTokens, ours: string | undefined): void {
  if (!/^[\x21-\x7e]+$/.test(refreshToken.reveal()) || refreshToken.reveal().length > LONGEST_TOKEN) {
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

/** Google says whose tokens they are when `openid` was granted. */
async function accountOf(
  google: GoogleApi,
  { idToken }: GoogleTokens,
  refreshToken: Secret,
): Promise<GoogleGrant["account"]> {
  if (!idToken) {
    return { subject: `${UNNAMED}${toBase64Url(sha256(refreshToken.reveal()))}`, email: null };
  }
  const { subject, email = null } = await google.verifyIdToken(idToken.reveal());
  return { subject, email };
}
