import { getLogger } from "@logtape/logtape";
import { Unavailable } from "../lib/errors.ts";
import { inParallel } from "../lib/parallel.ts";
import type { HasRefreshHorizon } from "./refresh_timing.ts";
import type { HasDatabase } from "../platform/db/tables.ts";
import type { HasEventLog } from "../events/transaction.ts";
import type { HasClock } from "../lib/clock.ts";
import type { HasRefresher } from "./refresh.ts";
import { sleep } from "../lib/sleep.ts";
import { announceChanges } from "./announce.ts";
import { findDueRefreshes } from "./due_store.ts";

const log = getLogger(["sallyport", "vault"]);

/** How often to query due work, so that a change of health is announced within one second. */
const LOOK_MS = 500;

/** Credentials per query. */
const BATCH = 100;

export type KeeperServices = HasClock & HasEventLog & HasRefreshHorizon & HasRefresher;

/** Announces changes of health and refreshes tokens as they become due, until closed. */
export function scheduleRefreshes(services: KeeperServices): { close(): Promise<void> } {
  const closing = new AbortController();
  const running = [
    again(() => announceChanges(services), closing.signal),
    again(() => refreshDue(services), closing.signal),
  ];
  return {
    async close() {
      closing.abort();
      await Promise.all(running);
    },
  };
}

/**
 * Refreshes all tokens that are due, as many at a time as the refresher allows. Instances can run this concurrently.
 * Returns the number of due tokens found.
 */
export async function refreshDue(
  { db, now, refresher }: HasDatabase & HasClock & HasRefresher,
): Promise<number> {
  let found = 0;
  if (refresher.providers.length === 0) return found;
  while (true) {
    const due = await findDueRefreshes(db, refresher.providers, now(), BATCH);
    await inParallel(due, BATCH, refresher.refreshInBackground);
    found += due.length;
    if (due.length < BATCH) return found;
  }
}

async function again(work: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      // An unavailable database is reported elsewhere; the next iteration retries.
      if (!(error instanceof Unavailable) && !signal.aborted) {
        log.error("Scheduled work on the vault failed: {error}", { error });
      }
    }
    await sleep(LOOK_MS, signal);
  }
}
