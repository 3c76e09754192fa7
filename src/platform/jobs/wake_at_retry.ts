import type { FindJobsOptions, PgBoss } from "pg-boss";
import { sleep } from "../../lib/sleep.ts";

/** By then the engine has stored that the job failed. */
const STORED_MS = 500;

/** Covers differences between the clocks of this machine and the database. */
const MARGIN_MS = 100;

/**
 * After a job has failed, wakes the worker when the retry is due, so that it need not poll for it. `which` selects the
 * job. Does nothing if the retry cannot be looked up: then polling finds it.
 */
export async function wakeAtRetry(
  boss: PgBoss,
  queue: string,
  which: FindJobsOptions,
  wake: () => void,
  stop: AbortSignal,
): Promise<void> {
  await sleep(STORED_MS, stop);
  if (stop.aborted) return;
  const waiting = await boss.findJobs(queue, { ...which, queued: true }).catch(() => []);
  if (waiting.length === 0) return;
  const due = Math.min(...waiting.map(({ startAfter }) => startAfter.getTime()));
  await sleep(Math.max(0, due - Date.now()) + MARGIN_MS, stop);
  if (!stop.aborted) wake();
}
