import { SYSTEM } from "../events/events.ts";
import { type HasEventLog, inTransaction, type Tx } from "../events/transaction.ts";
import type { HasClock } from "../lib/clock.ts";
import { nextChange } from "./health.ts";
import { type HasRefreshHorizon, nextRefreshTime, refreshTime } from "./refresh_timing.ts";
import { type Credential, noteCredential } from "./vault.ts";
import { lockPlanned } from "./due_store.ts";

/** Credentials per transaction. */
const BATCH = 100;

type RescheduleServices = HasClock & HasEventLog & HasRefreshHorizon;

/**
 * Reschedules refreshes and changes of health that were scheduled with another horizon than the configured one. Due
 * ones stay due. Returns the number of rescheduled credentials.
 */
export async function rescheduleRefreshes(services: RescheduleServices): Promise<number> {
  let rescheduled = 0;
  let after: string | undefined = "";
  while (after !== undefined) {
    const from: string = after;
    const batch = await inTransaction(services, async (tx) => {
      const credentials = await lockPlanned(tx.db, tx.now(), from, BATCH);
      for (const credential of credentials) {
        if (await reschedule(tx, credential)) tx.afterCommit(() => rescheduled++);
      }
      return credentials;
    });
    after = batch.length === BATCH ? batch.at(-1)?.id : undefined;
  }
  return rescheduled;
}

async function reschedule(tx: Tx<RescheduleServices>, credential: Credential): Promise<boolean> {
  const refreshAt = plannedRefresh(credential, tx.refreshHorizonSeconds);
  const changesAt = nextChange(credential, tx.now(), tx.refreshHorizonSeconds);
  if (isSame(refreshAt, credential.refreshAt) && isSame(changesAt, credential.changesAt)) return false;
  await noteCredential(tx, SYSTEM, credential, { refreshAt }, "The refresh horizon has changed");
  return true;
}

function plannedRefresh(credential: Credential, horizonSeconds: number): Date | null {
  const { id, issuedAt, expiresAt, refreshAt, lastRefreshedAt } = credential;
  if (!refreshAt || !issuedAt || !expiresAt) return refreshAt;
  const time = lastRefreshedAt ? nextRefreshTime : refreshTime;
  return time(id, { issuedAt, expiresAt }, horizonSeconds);
}

function isSame(one: Date | null, other: Date | null): boolean {
  return one?.getTime() === other?.getTime();
}
