import { getLogger } from "@logtape/logtape";
import { type HasEventLog, inTransaction, type Tx } from "../../../events/transaction.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";
import { CannotOpen, open, seal } from "../../../platform/keys/seal.ts";
import { lockTotpsUnderOtherKeys, setSealed } from "./totp_store.ts";

const log = getLogger(["sallyport", "factors"]);

/** Authenticators per transaction. */
const BATCH = 50;

/** Reseals authenticators' secrets under the current root key. Skips those that cannot be opened, and logs their number. */
export async function resealTotps(services: HasEventLog & HasKeys): Promise<void> {
  let after = "";
  let unreadable = 0;
  let more = true;
  while (more) {
    const batch = await inTransaction(services, async (tx) => {
      const rows = await lockTotpsUnderOtherKeys(tx.db, tx.keys.current.id, after, BATCH);
      const failed = await Promise.all(rows.map((row) => reseal(tx, row)));
      return { rows, failed: failed.filter((done) => !done).length };
    });
    unreadable += batch.failed;
    after = batch.rows.at(-1)?.id ?? after;
    more = batch.rows.length === BATCH;
  }
  if (unreadable > 0) {
    log.warn("{unreadable} authenticators cannot be opened: their root secret is not configured", {
      unreadable,
    });
  }
}

/** Returns false if the secret cannot be opened. */
async function reseal(
  tx: Tx<HasEventLog & HasKeys>,
  { id, sealed }: { id: string; sealed: string },
): Promise<boolean> {
  try {
    const secret = await open(tx.keys, "factor", id, sealed);
    await setSealed(tx.db, id, await seal(tx.keys, "factor", id, secret), tx.keys.current.id);
    return true;
  } catch (error) {
    if (error instanceof CannotOpen) return false;
    throw error;
  }
}
