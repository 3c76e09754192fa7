import { Unavailable } from "../../lib/errors.ts";
import { backOffMs, sleep } from "../../lib/sleep.ts";

/** SQLSTATEs: a serialization failure and a deadlock. */
const CONFLICTS = new Set<unknown>(["40001", "40P01"]);

/** SQLSTATE: a unique index has the value already. */
const UNIQUE_VIOLATION = "23505";

/** The attempts take about half a second together. */
const MOST_TRIES = 8;
const FIRST_PAUSE_MS = 5;
const LONGEST_CONFLICT_PAUSE_MS = 200;

/**
 * Runs `work`, one statement or one whole transaction, and retries it after a serialization failure or
 * deadlock. Throws `Unavailable` after the last attempt.
 *
 * After a unique violation, it runs `work` a second time: if a parallel transaction stored the value after `work` had
 * looked for it, `work` finds it now.
 */
export async function againOnConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1;; tries++) {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (!CONFLICTS.has(code) && !(code === UNIQUE_VIOLATION && tries === 1)) throw error;
      if (tries === MOST_TRIES) {
        throw new Unavailable("Cannot store this: too many concurrent changes", { cause: error });
      }
      await sleep(backOffMs(tries, FIRST_PAUSE_MS, LONGEST_CONFLICT_PAUSE_MS));
    }
  }
}

const FIRST_MS = 200;

/** Longest pause before the next attempt to reach the database. */
export const LONGEST_PAUSE_MS = 2_000;

/**
 * Runs `work` and retries while the database is unreachable, so that a database outage only delays a flow.
 * Returns undefined if `signal` aborts first.
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
