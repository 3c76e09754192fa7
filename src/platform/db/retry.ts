import { Unavailable } from "../../lib/errors.ts";
import { backOffMs, sleep } from "../../lib/sleep.ts";

/** SQLSTATEs: two changes that cannot both be made at once, and two that wait for each other. */
const CONFLICTS = new Set<unknown>(["40001", "40P01"]);

/** Half a second or so, in which others finish. */
const MOST_TRIES = 8;
const FIRST_PAUSE_MS = 5;
const LONGEST_CONFLICT_PAUSE_MS = 200;

/**
 * Runs `work`, which is one statement or one whole transaction, and runs it again when the database undid it for the
 * sake of another that ran at the same time. Throws `Unavailable` when that never ends.
 */
export async function againOnConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1;; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Error && "code" in error && CONFLICTS.has(error.code))) throw error;
      if (tries === MOST_TRIES) {
        throw new Unavailable("Cannot store this: too many changes at once", { cause: error });
      }
      await sleep(backOffMs(tries, FIRST_PAUSE_MS, LONGEST_CONFLICT_PAUSE_MS));
    }
  }
}

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
