import { GOOGLE } from "../google_terms.ts";
import type { Origin } from "../../../events/events.ts";
import { Secret } from "../../../lib/secret.ts";
import type { Tx } from "../../../events/transaction.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";
import type { HasClock } from "../../../lib/clock.ts";
import type { HasDatabase } from "../../../platform/db/tables.ts";
import type { HasRefreshHorizon } from "../../../vault/refresh_timing.ts";
import { type Credential, lockStored, storeCredential } from "../../../vault/vault.ts";
import { openCredential, openedIfPossible } from "../../../vault/open_credential.ts";
import type { GoogleTokens } from "../api/google_api.ts";

/** The secret as the vault seals and reveals it. */
export type GoogleSecret = { accessToken: string; refreshToken: string | null; expiresAt: string };

/** A grant of a Google account to us. */
export type GoogleGrant = {
  /** Null if an operator connected the account. */
  ownerId: string | null;
  /** The Google account. */
  account: { subject: string; email: string | null };
  tokens: GoogleTokens;
  /** Requested scopes. They count as granted if Google does not list the granted ones. */
  scopes: readonly string[];
};

/**
 * Seals a grant into the vault as a HEALTHY credential. If the owner has already connected the same account, its
 * credential is replaced and keeps its id. It also keeps its refresh token if the new grant has none (R31).
 *
 * @throws Unauthenticated if the owner was deleted.
 */
export async function storeGoogleGrant(
  tx: Tx<HasDatabase & HasClock & HasKeys & HasRefreshHorizon>,
  origin: Origin,
  { ownerId, account, tokens, scopes }: GoogleGrant,
): Promise<Credential> {
  const identity = { provider: GOOGLE, ownerId, tokenId: null, account: account.subject } as const;
  const stored = await lockStored(tx, identity);
  // A secret that can no longer be opened is simply replaced.
  const before = stored && openedIfPossible(tx.keys, stored)?.reveal() as GoogleSecret | undefined;
  const secret = sealable(tokens, before?.refreshToken ?? null);
  return await storeCredential(tx, origin, {
    ...identity,
    label: account.email ?? account.subject,
    scopes: tokens.scopes ?? [...scopes],
    issuedAt: tx.now(),
    expiresAt: tokens.expiresAt,
    hasRefreshToken: secret.reveal().refreshToken !== null,
    secret,
  });
}

/** The secret to seal. `refreshToken` is used if `tokens` has none. */
export function sealable(tokens: GoogleTokens, refreshToken: string | null): Secret<GoogleSecret> {
  return new Secret({
    accessToken: tokens.accessToken.reveal(),
    refreshToken: tokens.refreshToken?.reveal() ?? refreshToken,
    expiresAt: tokens.expiresAt.toISOString(),
  });
}

/**
 * Opens the tokens of a Google credential.
 *
 * @throws ReauthorizationRequired if they were destroyed or cannot be opened.
 */
export function googleSecretOf(keys: HasKeys["keys"], credential: Credential): GoogleSecret {
  return openCredential(keys, credential).reveal() as GoogleSecret;
}
