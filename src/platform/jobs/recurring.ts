import { getLogger } from "@logtape/logtape";
import { Cron } from "croner";
import type { PgBoss } from "pg-boss";
import { HEARTBEAT, POLL_SECONDS, WATCH } from "./timing.ts";

const log = getLogger(["sallyport", "jobs"]);

/**
 * Work that comes round by the clock. Whatever the number of instances, one job a time slot waits or runs at a time;
 * a clock that is late may bring it a second time, so doing it twice must do no harm.
 */
export type RecurringJob = {
  name: string;
  /** When, in cron's five fields or six with seconds, in UTC. */
  cron: string;
  /** Also once when the server starts. */
  atStart?: boolean;
  run: () => Promise<unknown>;
};

/** A retry after a failure, and two more; then the next time slot is the retry. */
const RETRIES = { retryLimit: 3, retryDelay: 1, retryBackoff: true };

/** Of the queue that a recurring job has: at most one job of a key waits or runs at a time. */
export const RECURRING_QUEUE = {
  policy: "exclusive",
  ...RETRIES,
  ...HEARTBEAT,
  deleteAfterSeconds: 24 * 60 * 60,
} as const;

/** Puts a worker to the job's queue, which exists, and starts its clock. Returns how to stop the clock. */
export async function recur(boss: PgBoss, job: RecurringJob): Promise<() => void> {
  await boss.work(job.name, { pollingIntervalSeconds: POLL_SECONDS, ...WATCH }, async () => {
    try {
      await job.run();
    } catch (error) {
      log.error("The job {name} failed: {error}", { name: job.name, error });
      throw error;
    }
  });
  if (job.atStart) await boss.send(job.name, null, { singletonKey: "start" });
  const cron = new Cron(job.cron, { timezone: "UTC", unref: true }, (clock: Cron) => tick(boss, job, clock));
  return () => cron.stop();
}

/** Every instance's clock ticks; the slot's time as key makes one job of their ticks. */
async function tick(boss: PgBoss, job: RecurringJob, clock: Cron): Promise<void> {
  const slot = clock.currentRun()?.toISOString().slice(0, 19) ?? "now";
  try {
    await boss.send(job.name, null, { singletonKey: slot });
  } catch (error) {
    log.warn("The job {name} was not enqueued; the next time slot will be: {error}", {
      name: job.name,
      error,
    });
  }
}
