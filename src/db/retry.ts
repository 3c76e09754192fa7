import { Unavailable } from "../errors.ts";
import { backOffMs, sleep } from "../sleep.ts";

const FIRST_MS = 200;

/** Nobody who waits for the database comes back to it later than this. */
export const LONGEST_PAUSE_MS = 2_000;

/**
 * Runs `work`, again and again while the database is away, so that an outage of ours costs the flow nothing but
 * time. Returns undefined when `signal` aborted before it could be done.
 */
export async function whileDatabaseIsAway<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | undefined> {
  for (let tries = 1;; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      if (signal.aborted) return undefined;
      await sleep(backOffMs(tries, FIRST_MS, LONGEST_PAUSE_MS), signal);
    }
  }
}
