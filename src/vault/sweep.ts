import { SYSTEM } from "../events/events.ts";
import { inTransaction, type Services } from "../services.ts";
import { noteCredential, REFRESH_HORIZON_SECONDS } from "./vault.ts";
import { findChangingHealth, lockCredential } from "./vault_store.ts";

/** Credentials looked for in one query. */
const BATCH = 500;

/**
 * Announces the credentials whose health changed because time went by: those that came within the horizon of
 * their end, and those past it. Several instances may do it at once. Returns how many were announced.
 */
export async function sweepVault(services: Pick<Services, "db" | "now" | "wakeLog">): Promise<number> {
  const now = services.now();
  const horizon = new Date(now.getTime() + REFRESH_HORIZON_SECONDS * 1000);
  let announced = 0;
  while (true) {
    // What was announced is not found again, so the next batch is another one.
    const ids = await findChangingHealth(services.db, horizon, now, BATCH);
    for (const id of ids) {
      await inTransaction(services, async (tx) => {
        const credential = await lockCredential(tx.db, id);
        if (credential) await noteCredential(tx, SYSTEM, credential, {}, "its end came nearer");
      });
    }
    announced += ids.length;
    if (ids.length < BATCH) return announced;
  }
}
