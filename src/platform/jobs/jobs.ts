import { getLogger } from "@logtape/logtape";
import { PgBoss } from "pg-boss";
import type { Database } from "../db/database.ts";
import { employ, type Enqueue, enqueueInto, type Queue, WORK_QUEUE, type Worker } from "./queue.ts";
import { recur, RECURRING_QUEUE, type RecurringJob } from "./recurring.ts";
import { SUPERVISION } from "./timing.ts";

const log = getLogger(["sallyport", "jobs"]);

/** The number of jobs in a queue, as last counted. */
export type QueueCounts = { queued: number; active: number; failed: number; dead: number };

/** The job engine. It accepts work once open, and runs it once started. */
export type Jobs = {
  enqueue: Enqueue;
  /** Starts recurring jobs and the workers of queues. */
  start(recurring: readonly RecurringJob[], workers: readonly Worker[]): Promise<void>;
  /** Wakes idle workers of a queue here after a commit, instead of at the next poll. */
  wake(queue: string): void;
  /** Returns when the work on a row is due; undefined if none is waiting. */
  nextRun(queue: string, id: string): Promise<Date | undefined>;
  /** Returns the counts by queue name. */
  counts(): Promise<Record<string, QueueCounts>>;
  /**
   * Stops taking work, lets running jobs finish for up to `seconds`, and returns the others to the queue.
   * Closing again has no effect.
   */
  close(seconds: number): Promise<void>;
};

/** Time for aborted work to record its result before the engine closes. */
const LAST_WORDS_MS = 1_000;

/** Opens the job engine on `database`, whose schema must be current. */
export async function openJobs(database: Database, queues: readonly Queue[]): Promise<Jobs> {
  const boss = new PgBoss({ ...database.boss, ...SUPERVISION, schedule: false, migrate: false });
  boss.on("error", (error) => log.warn("Job engine error: {error}", { error }));
  await boss.start();
  const existing = new Set<string>();
  const names = queues.map((queue) => queue.name);
  const clocks: (() => void)[] = [];
  const wakers = new Map<string, () => void>();

  /**
   * Creates a queue if it does not exist. The check saves a noticeable part of the embedded database's start.
   */
  const prepare = async (name: string, options: typeof RECURRING_QUEUE | typeof WORK_QUEUE) => {
    if (existing.has(name)) return;
    await boss.createQueue(name, options);
  };
  const stopping = new AbortController();
  const cutOff = new AbortController();
  /** Waits until all workers have ended. The engine's own wait only checks twice a second. */
  const workersEnd = async (seconds: number) => {
    const deadline = Promise.withResolvers<void>();
    const timers = [
      setTimeout(() => cutOff.abort(), Math.max(0, seconds * 1000 - LAST_WORDS_MS)),
      setTimeout(deadline.resolve, seconds * 1000),
    ];
    await Promise.race([Promise.all(names.map((name) => boss.offWork(name))), deadline.promise]);
    timers.forEach(clearTimeout);
  };
  let closing: Promise<void> | undefined;
  const close = async (seconds: number) => {
    for (const stop of clocks) stop();
    stopping.abort();
    await workersEnd(seconds);
    // Returns running jobs to the queue.
    await boss.stop({ graceful: false });
  };

  try {
    for (const { name } of await boss.getQueues()) existing.add(name);
    for (const name of names) {
      await prepare(name, WORK_QUEUE);
      await remember(boss, name);
    }
  } catch (error) {
    await close(0);
    throw error;
  }
  return {
    enqueue: enqueueInto(boss, queues),
    start: async (recurring, workers) => {
      for (const job of recurring) {
        names.push(job.name);
        await prepare(job.name, RECURRING_QUEUE);
        clocks.push(await recur(boss, job, stopping.signal));
      }
      const signals = { stopping: stopping.signal, cutOff: cutOff.signal };
      for (const worker of workers) wakers.set(worker.queue, await employ(boss, worker, signals));
    },
    wake: (queue) => wakers.get(queue)?.(),
    nextRun: async (queue, id) => {
      const waiting = await boss.findJobs(queue, { data: { id }, queued: true });
      const times = waiting.map(({ startAfter }) => startAfter.getTime());
      return times.length > 0 ? new Date(Math.min(...times)) : undefined;
    },
    counts: () => countQueues(boss, names),
    close: (seconds) => closing ??= close(seconds),
  };
}

/**
 * Makes the engine cache a queue. Otherwise it would look the queue up at the first send inside a transaction,
 * and wait forever for the embedded database's only connection.
 */
async function remember(boss: PgBoss, queue: string): Promise<void> {
  await boss.getJobById(queue, crypto.randomUUID());
}

async function countQueues(boss: PgBoss, names: readonly string[]): Promise<Record<string, QueueCounts>> {
  const queues = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]));
  return Object.fromEntries(names.map((name) => {
    const queue = queues.get(name);
    const dead = queues.get(queue?.deadLetter ?? "")?.queuedCount ?? 0;
    const { queuedCount: queued = 0, activeCount: active = 0, failedCount: failed = 0 } = queue ?? {};
    return [name, { queued, active, failed, dead }];
  }));
}
