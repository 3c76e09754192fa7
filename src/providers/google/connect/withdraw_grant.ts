import { GOOGLE } from "../google_terms.ts";
import { getLogger } from "@logtape/logtape";
import type { HasGoogle } from "../api/google_api.ts";
import type { HasDatabase } from "../../../platform/db/tables.ts";
import { hasLiveOf } from "../../../vault/vault.ts";
import type { Grant } from "./exchange_code.ts";
import { UNNAMED } from "../credential/import_google.ts";

const log = getLogger(["sallyport", "google"]);

/**
 * Ends at Google what was granted and is not kept, so that no tokens live on that nobody holds. There that ends all
 * that the account has granted to us: so nothing is done while tokens are stored here that are of the same account,
 * or may be. What fails is logged, and left.
 */
export async function withdraw(
  { db, google }: HasDatabase & HasGoogle,
  { tokens, account }: Grant,
): Promise<void> {
  try {
    if (await hasLiveOf(db, GOOGLE, account.subject, UNNAMED)) return;
    await google.revoke(tokens.refreshToken ?? tokens.accessToken);
  } catch (cause) {
    log.warn("A Google grant that was not kept could not be revoked: {cause}", { cause });
  }
}
