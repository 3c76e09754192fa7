import { getLogger } from "@logtape/logtape";
import { Cron } from "croner";
import type { PgBoss } from "pg-boss";
import { HEARTBEAT, POLL_SECONDS, WATCH } from "./timing.ts";
import { wakeAtRetry } from "./wake_at_retry.ts";

const log = getLogger(["sallyport", "jobs"]);

/**
 * Work on a schedule. Across all instances, one job per time slot waits or runs at a time. A late clock may
 * repeat it, so it must be idempotent.
 */
export type RecurringJob = {
  name: string;
  /** Cron schedule in UTC: five fields, or six with seconds. */
  cron: string;
  /** Also runs once when the server starts. */
  atStart?: boolean;
  /** `stop` aborts when the server stops: long work ends early and continues in the next time slot. */
  run: (stop: AbortSignal) => Promise<unknown>;
};

/** Three retries after a failure; then the next time slot. */
const RETRIES = { retryLimit: 3, retryDelay: 1, retryBackoff: true };

/** Options of a recurring job's queue: one job per key waits or runs at a time. */
export const RECURRING_QUEUE = {
  policy: "exclusive",
  ...RETRIES,
  ...HEARTBEAT,
  deleteAfterSeconds: 24 * 60 * 60,
} as const;

/** Starts a worker on the job's existing queue, and its clock. Returns a function that stops the clock. */
export async function recur(boss: PgBoss, job: RecurringJob, stop: AbortSignal): Promise<() => void> {
  const options = { pollingIntervalSeconds: POLL_SECONDS, ...WATCH };
  const id = await boss.work(job.name, options, async () => {
    try {
      await job.run(stop);
    } catch (error) {
      log.error("The job {name} failed: {error}", { name: job.name, error });
      void wakeAtRetry(boss, job.name, {}, wake, stop);
      throw error;
    }
  });
  const wake = () => boss.notifyWorker(id);
  if (job.atStart) {
    await boss.send(job.name, null, { singletonKey: "start" });
    wake();
  }
  const cron = new Cron(job.cron, { timezone: "UTC", unref: true }, async (clock: Cron) => {
    await enqueue(boss, job, clock);
    wake();
  });
  return () => cron.stop();
}

/** Runs on every instance. The time slot is the key, so all instances make one job of it. */
async function enqueue(boss: PgBoss, job: RecurringJob, clock: Cron): Promise<void> {
  const slot = clock.currentRun()?.toISOString().slice(0, 19) ?? "now";
  try {
    await boss.send(job.name, null, { singletonKey: slot });
  } catch (error) {
    log.warn("The job {name} was not enqueued; it will be in the next time slot: {error}", {
      name: job.name,
      error,
    });
  }
}
