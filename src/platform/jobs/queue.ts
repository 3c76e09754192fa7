import { getLogger } from "@logtape/logtape";
import { type RawBuilder, sql } from "kysely";
import type { Db, JobResult, PgBoss, SendOptions } from "pg-boss";
import { HEARTBEAT, POLL_SECONDS, WATCH } from "./timing.ts";

const log = getLogger(["sallyport", "jobs"]);

/** A queue of work on rows: a job holds the id of its row and nothing else. */
export type Queue = { name: string; pauses: Pauses };

/** The pauses before another try: doubling from the first, with jitter, up to the most. */
export type Pauses = { firstSeconds: number; mostSeconds: number };

/**
 * The part of a statement that puts the work on the row `id` into a queue: it is done if and only if that commits. It
 * may be done more than once, by any instance, so doing it twice must do no harm.
 */
export type Enqueue = (queue: string, id: string) => Promise<RawBuilder<unknown>>;

/** Whether there is nothing left to do, or another try shall be made after a pause. */
export type Outcome = "over" | "again";

/**
 * What is done with the jobs of a queue. An error means "again". `signal` aborts when the server stops and cannot
 * wait longer.
 */
export type Worker = { queue: string; run: (id: string, signal: AbortSignal) => Promise<Outcome> };

/** The work decides itself when it is over, so the queue never gives up. */
const FOR_EVER = 100_000;

/** Of a queue of work on rows. */
export const WORK_QUEUE = {
  ...HEARTBEAT,
  retentionSeconds: 30 * 24 * 60 * 60,
  deleteAfterSeconds: 60 * 60,
} as const;

/** Jobs that an instance does at a time: a slow one holds up those of its batch alone. */
const BATCH = { localConcurrency: 2, batchSize: 5 };

/** Enqueues into `queues`, which exist, by the statement that pg-boss would carry out. */
export function enqueueInto(boss: PgBoss, queues: readonly Queue[]): Enqueue {
  return async (name, id) => {
    const queue = queues.find((known) => known.name === name);
    if (!queue) throw new TypeError(`Cannot enqueue into ${name}: there is no such queue`);
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

/** The statement as it is, with its values in the places of `$1`, `$2` and so on. */
function withValues(text: string, values: readonly unknown[]): RawBuilder<unknown> {
  const pieces = text.split(/\$(\d+)/).map((piece, index) =>
    index % 2 === 0 ? sql.raw(piece) : sql.val(values[Number(piece) - 1])
  );
  return sql.join(pieces, sql``);
}

function retries({ firstSeconds, mostSeconds }: Pauses): SendOptions {
  return { retryLimit: FOR_EVER, retryDelay: firstSeconds, retryBackoff: true, retryDelayMax: mostSeconds };
}

/**
 * Puts workers to a queue, which exists; `stop` is the signal of their work. Returns how to tell them that there is
 * work before they look.
 */
export async function employ(boss: PgBoss, worker: Worker, stop: AbortSignal): Promise<() => void> {
  const options = { ...BATCH, ...WATCH, pollingIntervalSeconds: POLL_SECONDS, burstWhenBatchFull: true };
  const id = await boss.work<{ id: string }>(
    worker.queue,
    { ...options, perJobResults: true },
    (jobs) =>
      Promise.all(jobs.map(async (job): Promise<JobResult> => {
        const outcome = await attempt(worker, job.data.id, stop);
        return { id: job.id, status: outcome === "over" ? "completed" : "failed" };
      })),
  );
  return () => boss.notifyWorker(id);
}

async function attempt(worker: Worker, id: string, signal: AbortSignal): Promise<Outcome> {
  try {
    return await worker.run(id, signal);
  } catch (error) {
    log.error("The work of {queue} on {id} failed: {error}", { queue: worker.queue, id, error });
    return "again";
  }
}

/** Puts work into a queue, as part of a statement. */
export type HasQueue = { enqueue: Enqueue };
