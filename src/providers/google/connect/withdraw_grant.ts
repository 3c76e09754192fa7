import { GOOGLE } from "../google_terms.ts";
import { getLogger } from "@logtape/logtape";
import type { HasGoogle } from "../api/google_api.ts";
import type { HasDatabase } from "../../../platform/db/tables.ts";
import { hasLiveOf } from "../../../vault/vault.ts";
import type { Grant } from "./exchange_code.ts";
import { UNKNOWN_ACCOUNT_PREFIX } from "../credential/import_google.ts";

const log = getLogger(["sallyport", "google"]);

/**
 * Revokes a grant that we could not store, so that no unused tokens stay valid. A revocation ends everything that the
 * account has granted to us. So this does nothing while we store tokens that belong, or may belong, to the same
 * account. Failures are logged and not retried.
 */
export async function revokeUnstored(
  { db, google }: HasDatabase & HasGoogle,
  { tokens, account }: Grant,
): Promise<void> {
  try {
    if (await hasLiveOf(db, GOOGLE, account.subject, UNKNOWN_ACCOUNT_PREFIX)) return;
    await google.revoke(tokens.refreshToken ?? tokens.accessToken);
  } catch (cause) {
    log.warn("Could not revoke a Google grant that was not stored: {cause}", { cause });
  }
}
