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

/** What the vault seals for Google, and the reveal gives back. */
export type GoogleSecret = { accessToken: string; refreshToken: string | null; expiresAt: string };

/** What somebody granted to us at Google. */
export type GoogleGrant = {
  /** Null for an operator's. */
  ownerId: string | null;
  /** Whose Google account it is. */
  account: { subject: string; email: string | null };
  tokens: GoogleTokens;
  /** What was asked for: it is what was granted, where Google does not say. */
  scopes: readonly string[];
};

/**
 * Seals what Google granted into the vault, HEALTHY. The same account of the same owner takes the place of what was
 * stored, keeps its id, and never loses a refresh token to nothing (R31). Throws `Unauthenticated` when the owner was
 * deleted.
 */
export async function storeGoogleGrant(
  tx: Tx<HasDatabase & HasClock & HasKeys & HasRefreshHorizon>,
  origin: Origin,
  { ownerId, account, tokens, scopes }: GoogleGrant,
): Promise<Credential> {
  const identity = { provider: GOOGLE, ownerId, tokenId: null, account: account.subject } as const;
  const stored = await lockStored(tx, identity);
  // What does not open any more is no loss to what takes its place.
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

/** What Google gave, with the refresh token that goes on where it gave none. */
export function sealable(tokens: GoogleTokens, refreshToken: string | null): Secret<GoogleSecret> {
  return new Secret({
    accessToken: tokens.accessToken.reveal(),
    refreshToken: tokens.refreshToken?.reveal() ?? refreshToken,
    expiresAt: tokens.expiresAt.toISOString(),
  });
}

/** The tokens in a credential of Google's. Throws `ReauthorizationRequired` when they are gone or do not open. */
export function googleSecretOf(keys: HasKeys["keys"], credential: Credential): GoogleSecret {
  return openCredential(keys, credential).reveal() as GoogleSecret;
}
