import { SYSTEM } from "../events/events.ts";
import { type HasEventLog, inTransaction } from "../events/transaction.ts";
import type { HasClock } from "../lib/clock.ts";
import type { HasRefreshHorizon } from "./refresh_timing.ts";
import type { TokenHealth } from "./health.ts";
import { noteCredential, presentHealth } from "./vault.ts";
import { anyChanging, lockChanging } from "./due_store.ts";

/** Credentials per transaction. */
const BATCH = 100;

const REASONS: Partial<Record<TokenHealth, string>> = {
  EXPIRING: "It expires soon",
  REAUTHORIZATION_REQUIRED: "It has expired and has no refresh token: authorise again",
};

/**
 * Stores and records the changes of health that time alone causes: credentials that are about to expire or have
 * expired. Instances can run this concurrently. Returns the number of credentials whose health changed.
 */
export async function announceChanges(
  services: HasClock & HasEventLog & HasRefreshHorizon,
): Promise<number> {
  let announced = 0;
  let found = BATCH;
  while (found === BATCH) {
    const now = services.now();
    if (!await anyChanging(services.db, now)) break;
    found = await inTransaction(services, async (tx) => {
      const changing = await lockChanging(tx.db, now, BATCH);
      for (const credential of changing) {
        const health = presentHealth(tx, credential);
        const reason = REASONS[health] ?? "It has expired";
        const learned = health === "REAUTHORIZATION_REQUIRED" ? { lastFailure: reason } : {};
        await noteCredential(tx, SYSTEM, credential, learned, reason);
        if (health !== credential.health) tx.afterCommit(() => announced++);
      }
      return changing.length;
    });
  }
  return announced;
}
