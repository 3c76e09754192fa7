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
import { findDueRefreshes, nextChangeAt, nextRefreshAt } from "./due_store.ts";

const log = getLogger(["sallyport", "vault"]);

/** The shortest pause between two looks for due work. A change of health is announced within one second. */
const LEAST_MS = 500;

/** The longest pause. Another instance may have planned work, or ended in the middle of it. */
const MOST_MS = 10_000;

/** Credentials per query. */
const BATCH = 100;

export type KeeperServices = HasClock & HasEventLog & HasRefreshHorizon & HasRefresher;

/** Announces changes of health and refreshes tokens as they become due, until closed. */
export type RefreshScheduler = {
  /** Looks for due work now, because credentials have changed. */
  wake(): void;
  close(): Promise<void>;
};

/** Starts the scheduler. It sleeps until the next due time, for at most `mostMs`. */
export function scheduleRefreshes(services: KeeperServices, mostMs = MOST_MS): RefreshScheduler {
  const { db, now, refresher } = services;
  const loops = [
    new Loop(() => announceChanges(services), () => nextChangeAt(db), now, mostMs),
    new Loop(() => refreshDue(services), () => nextRefreshAt(db, refresher.providers), now, mostMs),
  ];
  return {
    wake: () => loops.forEach((loop) => loop.wake()),
    close: async () => {
      await Promise.all(loops.map((loop) => loop.close()));
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

/** Does work whenever it is due. */
class Loop {
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  #bell = new AbortController();

  /** @param dueAt returns when work is due next; undefined if none is planned */
  constructor(
    work: () => Promise<unknown>,
    dueAt: () => Promise<Date | undefined>,
    now: () => Date,
    mostMs: number,
  ) {
    const look = async () => {
      const due = await dueAt();
      const restMs = due ? due.getTime() - now().getTime() : mostMs;
      if (restMs > 0) return Math.min(restMs, mostMs);
      await work();
      return LEAST_MS;
    };
    this.#ended = this.#run(look);
  }

  wake(): void {
    this.#bell.abort();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#ended;
  }

  /** @param look does what is due, and returns the time until the next look */
  async #run(look: () => Promise<number>): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      this.#bell = new AbortController();
      const pauseMs = await look().catch((error) => {
        // An unavailable database is reported elsewhere; the next look retries.
        if (!(error instanceof Unavailable) && !signal.aborted) {
          log.error("Scheduled work on the vault failed: {error}", { error });
        }
        return LEAST_MS;
      });
      await sleep(LEAST_MS, signal);
      await sleep(pauseMs - LEAST_MS, AbortSignal.any([signal, this.#bell.signal]));
    }
  }
}
