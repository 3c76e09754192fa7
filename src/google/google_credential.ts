import type { Origin } from "../events/events.ts";
import { Secret } from "../secret.ts";
import type { Services, Tx } from "../services.ts";
import {
  type Credential,
  noteCredential,
  openCredential,
  pageOfCredentials,
  storeCredential,
} from "../vault/vault.ts";
import type { GoogleTokens } from "./google_api.ts";

/** What Google granted to whom. */
export type GoogleGrant = {
  ownerId: string | null;
  account: { subject: string; email: string | null };
  tokens: GoogleTokens;
  /** What was asked for. */
  scopes: readonly string[];
};

type StoredSecret = { accessToken: string; refreshToken: string | null; expiresAt: string };

/**
 * Seals what Google granted into the vault; the same account of the same owner takes the place of what was stored, keeps
 * its id, and never loses a refresh token to nothing (R31).
 */
export async function storeGoogleGrant(
  tx: Tx<Pick<Services, "db" | "now" | "keys">>,
  origin: Origin,
  { ownerId, account, tokens, scopes }: GoogleGrant,
): Promise<Credential> {
  const { accessToken, expiresAt } = tokens;
  const refreshToken = tokens.refreshToken?.reveal() ??
    await storedRefreshToken(tx, ownerId, account.subject);
  const secret: StoredSecret = {
    accessToken: accessToken.reveal(),
    refreshToken,
    expiresAt: expiresAt.toISOString(),
  };
  const credential = await storeCredential(tx, origin, {
    provider: "GOOGLE",
    ownerId,
    label: account.email ?? account.subject,
    tokenId: account.subject,
    scopes: [...tokens.scopes ?? scopes],
    expiresAt,
    hasRefreshToken: refreshToken !== null,
    secret: new Secret<unknown>(secret),
  });
  return await noteCredential(tx, origin, credential, { lastCheckedAt: tx.now() }, "granted");
}

async function storedRefreshToken(
  tx: Tx<Pick<Services, "db" | "keys">>,
  ownerId: string | null,
  subject: string,
): Promise<string | null> {
  const all = await pageOfCredentials(tx.db, { limit: 100, newestFirst: true }, {
    ownerId,
    provider: "GOOGLE",
  });
  const before = all.find(({ tokenId, revokedAt }) => tokenId === subject && revokedAt === null);
  if (!before?.hasRefreshToken) return null;
  return ((await openCredential(tx.keys, before)).reveal() as StoredSecret).refreshToken;
}
