import { getLogger } from "@logtape/logtape";
import { type HasEventLog, inTransaction, type Tx } from "../events/transaction.ts";
import type { HasClock } from "../lib/clock.ts";
import type { HasKeys } from "../platform/keys/root_key.ts";
import { sealSecret } from "./envelope.ts";
import type { Credential } from "./vault.ts";
import { contextOf, openedIfPossible } from "./open_credential.ts";
import { lockSealedUnderOtherKeys, updateCredential } from "./vault_store.ts";

const log = getLogger(["sallyport", "vault"]);

/** Credentials per transaction. */
const BATCH = 50;

type VaultServices = HasClock & HasEventLog & HasKeys;

/**
 * Reseals every credential that is sealed under another root key, while credentials stay in use. Leaves those that
 * cannot be opened unchanged. Returns and logs the number of resealed and of unreadable credentials.
 */
export async function resealVault(
  services: VaultServices,
): Promise<{ resealed: number; unreadable: number }> {
  const total = { resealed: 0, unreadable: 0 };
  let after = "";
  let more = true;
  while (more) {
    const batch = await inTransaction(services, async (tx) => {
      const rows = await lockSealedUnderOtherKeys(tx.db, services.keys.current.id, after, BATCH);
      for (const credential of rows) {
        const outcome = await reseal(tx, credential) ? "resealed" : "unreadable";
        tx.afterCommit(() => total[outcome]++);
      }
      return rows;
    });
    after = batch.at(-1)?.id ?? after;
    more = batch.length === BATCH;
  }
  tell(total);
  return total;
}

async function reseal(tx: Tx<VaultServices>, credential: Credential): Promise<boolean> {
  const secret = openedIfPossible(tx.keys, credential);
  if (!secret) return false;
  const envelope = sealSecret(tx.keys, contextOf(credential), secret);
  await updateCredential(tx.db, { ...credential, envelope, version: credential.version + 1 });
  return true;
}

function tell({ resealed, unreadable }: { resealed: number; unreadable: number }): void {
  if (resealed > 0) {
    log.info(
      "Resealed {resealed} credentials: remove SALLYPORT_SECRET_PREVIOUS once the flows that are open now have ended",
      { resealed },
    );
  }
  if (unreadable > 0) {
    log.warn("{unreadable} credentials cannot be opened: their root secret is not configured", {
      unreadable,
    });
  }
}
