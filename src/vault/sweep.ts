import type { HasMetrics } from "../operations/metrics/metrics.ts";
import type { HasRefreshHorizon } from "./refresh_timing.ts";
import type { HasEventLog } from "../events/transaction.ts";
import type { HasClock } from "../lib/clock.ts";
import type { HasRefresher } from "./refresh.ts";
import { announceChanges } from "./announce.ts";
import { refreshDue } from "./refresh_scheduler.ts";
import { rescheduleRefreshes } from "./reschedule.ts";

/**
 * Goes through the whole vault: announces changes of health, reschedules after a change of the horizon, refreshes due
 * tokens, and calls `rechecks`, which verify tokens that cannot be refreshed. Every step runs even if another fails;
 * afterwards the first error is thrown.
 */
export async function sweepVault(
  services: HasClock & HasEventLog & HasRefreshHorizon & HasRefresher & HasMetrics,
  rechecks: readonly (() => Promise<unknown>)[],
): Promise<void> {
  const steps = [
    () => announceChanges(services),
    () => rescheduleRefreshes(services),
    () => refreshDue(services),
    ...rechecks,
  ];
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  services.count(failures.length > 0 ? "vaultSweepFailures" : "vaultSweeps");
  if (failures.length > 0) throw failures[0];
}
