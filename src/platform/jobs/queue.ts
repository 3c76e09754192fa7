import { getLogger } from "@logtape/logtape";
import { type RawBuilder, sql } from "kysely";
import type { Db, JobResult, PgBoss, SendOptions } from "pg-boss";
import { HEARTBEAT, POLL_SECONDS, WATCH } from "./timing.ts";
import { wakeAtRetry } from "./wake_at_retry.ts";

const log = getLogger(["sallyport", "jobs"]);

/** A queue whose jobs each name one row by its id. */
export type Queue = { name: string; pauses: Pauses };

/** Pauses between attempts: doubling from the first, with jitter, up to the maximum. */
export type Pauses = { firstSeconds: number; mostSeconds: number };

/**
 * Returns part of a statement that enqueues work on the row `id`. The job exists if and only if the statement
 * commits. It may run more than once, on any instance, so it must be idempotent.
 */
export type Enqueue = (queue: string, id: string) => Promise<RawBuilder<unknown>>;

/** Whether the work is done, or must be tried again after a pause. */
export type Outcome = "over" | "again";

/**
 * Runs the jobs of a queue. An error means "again". `signal` aborts when the stopping server cannot wait
 * longer.
 */
export type Worker = { queue: string; run: (id: string, signal: AbortSignal) => Promise<Outcome> };

/** The work itself decides when to stop, so the queue never gives up. */
const FOR_EVER = 100_000;

/** Options of a queue with work on rows. */
export const WORK_QUEUE = {
  ...HEARTBEAT,
  retentionSeconds: 30 * 24 * 60 * 60,
  deleteAfterSeconds: 60 * 60,
} as const;

/** Concurrent jobs of an instance. A slow job only delays its own batch. */
const BATCH = { localConcurrency: 2, batchSize: 5 };

/** Enqueues into existing `queues` with pg-boss's own statement. */
export function enqueueInto(boss: PgBoss, queues: readonly Queue[]): Enqueue {
  return async (name, id) => {
    const queue = queues.find((known) => known.name === name);
    if (!queue) throw new TypeError(`Cannot enqueue into ${name}: this queue does not exist`);
    let statement = sql``;
    const db: Db = {
      executeSql: (text, values = []) => {
        statement = withValues(text, values);
        return Promise.resolve({ rows: [] });
      },
    };
    await boss.send(name, { id }, { ...retries(queue.pauses), db });
    return statement;
  };
}

/** Returns the statement with its values in the places of `$1`, `$2` and so on. */
function withValues(text: string, values: readonly unknown[]): RawBuilder<unknown> {
  const pieces = text.split(/\$(\d+)/).map((piece, index) =>
    index % 2 === 0 ? sql.raw(piece) : sql.val(values[Number(piece) - 1])
  );
  return sql.join(pieces, sql``);
}

function retries({ firstSeconds, mostSeconds }: Pauses): SendOptions {
  return { retryLimit: FOR_EVER, retryDelay: firstSeconds, retryBackoff: true, retryDelayMax: mostSeconds };
}

/** `stopping` aborts when the server begins to stop, `cutOff` when it cannot wait longer for running work. */
export type Stopping = { stopping: AbortSignal; cutOff: AbortSignal };

/** Starts workers on an existing queue; `cutOff` is passed to their work. Returns a function that wakes them. */
export async function employ(
  boss: PgBoss,
  worker: Worker,
  { stopping, cutOff }: Stopping,
): Promise<() => void> {
  const options = { ...BATCH, ...WATCH, pollingIntervalSeconds: POLL_SECONDS, burstWhenBatchFull: true };
  const run = async ({ id, data }: { id: string; data: { id: string } }): Promise<JobResult> => {
    if (await attempt(worker, data.id, cutOff) === "over") return { id, status: "completed" };
    void wakeAtRetry(boss, worker.queue, { id }, wake, stopping);
    return { id, status: "failed" };
  };
  const id = await boss.work<{ id: string }>(
    worker.queue,
    { ...options, perJobResults: true },
    (jobs) => Promise.all(jobs.map(run)),
  );
  const wake = () => boss.notifyWorker(id);
  return wake;
}

async function attempt(worker: Worker, id: string, signal: AbortSignal): Promise<Outcome> {
  try {
    return await worker.run(id, signal);
  } catch (error) {
    log.error("A job of {queue} on {id} failed: {error}", { queue: worker.queue, id, error });
    return "again";
  }
}

/** Provides enqueueing as part of a statement. */
export type HasQueue = { enqueue: Enqueue };
