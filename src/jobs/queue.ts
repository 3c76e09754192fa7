import { getLogger } from "@logtape/logtape";
import type { Transaction } from "kysely";
import { fromKysely, type JobResult, type PgBoss, type SendOptions } from "pg-boss";
import type { Tables } from "../db/tables.ts";
import { HEARTBEAT, POLL_SECONDS, WATCH } from "./timing.ts";

const log = getLogger(["sallyport", "jobs"]);

/** A queue of work on rows: a job holds the id of its row and nothing else. */
export type Queue = { name: string; pauses: Pauses };

/** The pauses before another try: doubling from the first, with jitter, up to the most. */
export type Pauses = { firstSeconds: number; mostSeconds: number };

/**
 * Puts the work on the row `id` into a queue: it is done if and only if the transaction commits. It may be done
 * more than once, by any instance, so doing it twice must do no harm.
 */
export type Enqueue = (db: Transaction<Tables>, queue: string, id: string) => Promise<void>;

/** Whether there is nothing left to do, or another try shall be made after a pause. */
export type Outcome = "over" | "again";

/** What is done with the jobs of a queue. An error means "again". `signal` aborts when the server stops and cannot wait longer. */
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

/** Enqueues into `queues`, which exist. */
export function enqueueInto(boss: PgBoss, queues: readonly Queue[]): Enqueue {
  return async (db, name, id) => {
    const queue = queues.find((known) => known.name === name);
    if (!queue) throw new TypeError(`Cannot enqueue into ${name}: there is no such queue`);
    await boss.send(name, { id }, { ...retries(queue.pauses), db: fromKysely(db) });
  };
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
