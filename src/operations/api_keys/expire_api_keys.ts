import { recordEvent, SYSTEM } from "../../events/events.ts";
import { type HasEventLog, inTransaction } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import { deleteExpired, takeWarnings } from "./api_key_store.ts";

/** Run periodically. Deletes expired keys, and records an event for each of them and for each key that expires soon. */
export async function expireApiKeys(services: HasClock & HasEventLog): Promise<void> {
  await inTransaction(services, async (tx) => {
    const now = tx.now();
    for (const { id, name } of await deleteExpired(tx.db, now)) {
      recordEvent(tx, "api_key.expired", SYSTEM, {}, { apiKeyId: id, name });
    }
    for (const { id, name, expiresAt } of await takeWarnings(tx.db, now)) {
      const facts = { apiKeyId: id, name, expiresAt: expiresAt?.toISOString() ?? null };
      recordEvent(tx, "api_key.expiring", SYSTEM, {}, facts);
    }
  });
}
