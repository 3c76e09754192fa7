import { SYSTEM } from "../events/events.ts";
import { inTransaction, type Services } from "../services.ts";
import { noteCredential } from "./vault.ts";
import { lockChanging } from "./vault_store.ts";

/** Credentials whose health is announced in one transaction. */
const BATCH = 100;

/**
 * Announces the credentials whose health changed because time went by: those that came near their end, and those past
 * it. Several instances may do it at once. Returns how many were announced.
 */
export async function announceChanges(
  services: Pick<Services, "db" | "now" | "wakeLog" | "refreshHorizonSeconds">,
): Promise<number> {
  let announced = 0;
  let more = true;
  while (more) {
    await inTransaction(services, async (tx) => {
      const changing = await lockChanging(tx.db, tx.now(), BATCH);
      for (const credential of changing) {
        const noted = await noteCredential(tx, SYSTEM, credential, {}, "its end came nearer");
        if (noted.health !== credential.health) announced++;
      }
      more = changing.length === BATCH;
    });
  }
  return announced;
}
