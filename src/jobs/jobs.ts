import { getLogger } from "@logtape/logtape";
import { Cron } from "croner";
import { type ConstructorOptions, PgBoss } from "pg-boss";
import type { Database } from "../db/database.ts";

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

/** How much work lies in a queue, as last counted. */
export type QueueCounts = { queued: number; active: number; failed: number; dead: number };

export type Jobs = {
  /** Counts by queue name. */
  counts(): Promise<Record<string, QueueCounts>>;
  /** Takes no new work, lets what runs finish (up to `seconds`), hands the rest back. */
  close(seconds: number): Promise<void>;
};

/**
 * Measured: with a 10 s heartbeat, and supervision every two seconds, a dead worker's job is taken up again
 * after 9 s; pg-boss's defaults take 57 s.
 */
const BOSS: ConstructorOptions = {
  superviseIntervalSeconds: 2,
  monitorIntervalSeconds: 2,
  schedule: false,
  migrate: false,
};
const HEARTBEAT = { heartbeatSeconds: 10 };

const POLL_SECONDS = 1;

/** A retry after a failure, and two more; then the next time slot is the retry. */
const RETRIES = { retryLimit: 3, retryDelay: 1, retryBackoff: true };

/**
 * `create`s each queue before it is used: the first send inside a transaction on the embedded database needs that.
 * Creating one that exists changes nothing, and takes the embedded database a noticeable part of its start.
 */
async function prepare(boss: PgBoss, jobs: readonly RecurringJob[]): Promise<void> {
  const existing = new Set((await boss.getQueues()).map((queue) => queue.name));
  for (const job of jobs) {
    if (existing.has(job.name)) continue;
    await boss.createQueue(job.name, {
      policy: "exclusive",
      ...RETRIES,
      ...HEARTBEAT,
      deleteAfterSeconds: 24 * 60 * 60,
    });
  }
}

/** Starts the job engine on `database`, whose schema is current, and the clock of `jobs`. */
export async function startJobs(database: Database, jobs: readonly RecurringJob[]): Promise<Jobs> {
  const boss = new PgBoss({ ...database.boss, ...BOSS });
  boss.on("error", (error) => log.warn("The job engine reports: {error}", { error }));
  await boss.start();
  try {
    await employ(boss, jobs);
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
  const clocks = jobs.map((job) =>
    new Cron(job.cron, { timezone: "UTC", unref: true }, (clock: Cron) => enqueue(boss, job, clock))
  );
  return {
    counts: async () => {
      const queues = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]));
      return Object.fromEntries(jobs.map(({ name }) => {
        const queue = queues.get(name);
        const dead = queues.get(queue?.deadLetter ?? "")?.queuedCount ?? 0;
        const { queuedCount: queued = 0, activeCount: active = 0, failedCount: failed = 0 } = queue ?? {};
        return [name, { queued, active, failed, dead }];
      }));
    },
    close: async (seconds) => {
      for (const clock of clocks) clock.stop();
      await boss.stop({ graceful: true, timeout: seconds * 1000 });
    },
  };
}

/** Makes the queues and puts a worker to each. */
async function employ(boss: PgBoss, jobs: readonly RecurringJob[]): Promise<void> {
  await prepare(boss, jobs);
  for (const job of jobs) {
    const options = { pollingIntervalSeconds: POLL_SECONDS, heartbeatRefreshSeconds: 2 };
    await boss.work(job.name, options, async () => {
      try {
        await job.run();
      } catch (error) {
        log.error("The job {name} failed: {error}", { name: job.name, error });
        throw error;
      }
    });
    if (job.atStart) await boss.send(job.name, null, { singletonKey: "start" });
  }
}

/** Every instance's clock ticks; the slot's time as key makes one job of their ticks. */
async function enqueue(boss: PgBoss, job: RecurringJob, clock: Cron): Promise<void> {
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
