import type { Kysely } from "kysely";
import type { Database } from "../platform/db/database.ts";
import { type Listening, notifyInstances } from "../platform/db/listen.ts";
import type { Tables } from "../platform/db/tables.ts";
import { EventIndex, type EventKey, type EventListener } from "./event_index.ts";
import {
  headPosition,
  isLogQuiet,
  readEvents,
  SEQUENCE_BATCH,
  sequenceEvents,
  unsequencedSeconds,
} from "./event_store.ts";

/** Least time between two NOTIFYs of one instance. A NOTIFY serialises commits, so we do not send one per commit. */
const HINT_INTERVAL_MS = 20;

/** While notifications do not arrive: behind a pooler in transaction mode, or without a connection. */
const POLL_INTERVAL_MS = 400;

/**
 * Otherwise. Covers events of an instance that was killed before it sent a notification. The embedded database has
 * one process, which wakes the log itself.
 */
const QUIET_POLL_INTERVAL_MS = 10_000;

/** Delay until the next sequencing if the batch was full, or another sequencer held the lock and may miss a commit. */
const REMAINDER_RETRY_MS = 5;

/** Events per query. */
const READ_BATCH = 500;

/** One instance's reader of the event log. It sequences committed events, reads each once, and delivers it. */
export type EventLog = {
  /** The position of the last event delivered. A new listener gets every event after it. */
  readonly position: number;
  /** How far this instance is behind the log, in seconds, as last measured. */
  readonly lagSeconds: number;
  /** The number of listeners. */
  readonly listeners: number;
  /** Calls `listener` for each new event that matches any of `keys`. Returns the function that stops it. */
  listen(keys: readonly EventKey[], listener: EventListener): () => void;
  /** Tells the log that events were committed. Cheap: it starts work at most every 20 ms. */
  wake(): void;
  /** Resolves when every event committed before the call has been delivered. */
  settled(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Starts to tail the log of `database` at its present end. When the database fails, the tail falls behind
 * (`lagSeconds`) and continues from its position once the database works again.
 */
export async function startEventLog(database: Database, now: () => Date): Promise<EventLog> {
  const { db } = database;
  const index = new EventIndex();
  const notify = () => database.listen ? notifyInstances(db) : Promise.resolve();
  let listener: Listening | undefined;
  const isHeard = () => !database.listen || listener?.works === true;
  const pollMs = () => isHeard() ? QUIET_POLL_INTERVAL_MS : POLL_INTERVAL_MS;
  const tail = new Tail(db, index, now, notify, await headPosition(db), pollMs);
  const listening = database.listen?.(() => tail.wake(0, false)).then((opened) => listener = opened);
  tail.wake(0);
  return {
    get position() {
      return tail.position;
    },
    get lagSeconds() {
      return tail.lagSeconds();
    },
    get listeners() {
      return index.size;
    },
    listen: (keys, listener) => index.add(keys, listener),
    wake: () => tail.wake(HINT_INTERVAL_MS),
    settled: () => tail.settled(),
    close: async () => {
      await Promise.all([tail.close(), listening?.then(({ close }) => close())]);
    },
  };
}

class Tail {
  position: number;
  #db: Kysely<Tables>;
  #index: EventIndex;
  #now: () => Date;
  #notify: () => Promise<void>;
  #pollMs: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;
  #lastRun = -Infinity;
  #running: Promise<void> | undefined;
  #rerun = false;
  /** Whether the next step sequences. After a NOTIFY it need not: the instance that sent it has sequenced. */
  #sequence = true;
  #sequencedAt = -Infinity;
  /** Whether the other instances are to be notified, also if the last attempt failed. */
  #owesNotice = false;
  /** Whether something happened since the last step. Otherwise the step only checks that nothing did. */
  #woken = true;
  #closed = false;
  #caughtUpAt: Date;
  #unsequencedSeconds = 0;

  constructor(
    db: Kysely<Tables>,
    index: EventIndex,
    now: () => Date,
    notify: () => Promise<void>,
    position: number,
    pollMs: () => number,
  ) {
    this.#db = db;
    this.#pollMs = pollMs;
    this.#index = index;
    this.#now = now;
    this.#notify = notify;
    this.position = position;
    this.#caughtUpAt = now();
  }

  /** Schedules a run at least `spacing` milliseconds after the last run. The earliest scheduled time applies. */
  wake(spacing: number, sequence = true): void {
    this.#sequence ||= sequence;
    this.#woken = true;
    if (this.#running) {
      this.#rerun = true;
      return;
    }
    this.#schedule(Math.max(0, this.#lastRun + spacing - performance.now()));
  }

  #schedule(delay: number): void {
    const due = performance.now() + delay;
    if (this.#closed || due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#due = Infinity;
      this.#timer = undefined;
      void this.#run();
    }, delay);
  }

  #run(): Promise<void> {
    this.#lastRun = performance.now();
    this.#rerun = false;
    const run = this.#step().then(
      (moreLeft) => moreLeft ? REMAINDER_RETRY_MS : this.#rerun ? HINT_INTERVAL_MS : this.#pollMs(),
      () => POLL_INTERVAL_MS,
    ).then((delay) => {
      this.#running = undefined;
      this.#schedule(this.#rerun ? Math.min(delay, HINT_INTERVAL_MS) : delay);
    });
    return this.#running = run;
  }

  /**
   * Sequences committed events, if requested or not done for one poll interval, and notifies the other instances; then
   * reads and delivers new events. Returns whether unsequenced events may remain.
   */
  async #step(): Promise<boolean> {
    const isPolling = !this.#woken && !this.#sequence;
    this.#woken = false;
    if (isPolling) {
      if (await isLogQuiet(this.#db, this.position)) {
        this.#unsequencedSeconds = 0;
        this.#caughtUpAt = this.#now();
        return false;
      }
      this.#sequence = true;
    }
    let moreLeft = false;
    if (this.#sequence || performance.now() - this.#sequencedAt >= this.#pollMs()) {
      this.#sequence = false;
      moreLeft = await this.#sequenceBatch();
      this.#sequence ||= moreLeft;
      this.#sequencedAt = performance.now();
    }
    await this.#read();
    this.#unsequencedSeconds = moreLeft ? await unsequencedSeconds(this.#db, this.#now()) : 0;
    this.#caughtUpAt = this.#now();
    return moreLeft;
  }

  /** Returns whether unsequenced events may remain. */
  async #sequenceBatch(): Promise<boolean> {
    const sequenced = await sequenceEvents(this.#db);
    this.#owesNotice ||= sequenced !== "busy" && sequenced > 0;
    if (this.#owesNotice) await this.#notify();
    this.#owesNotice = false;
    return sequenced === "busy" || sequenced === SEQUENCE_BATCH;
  }

  async #read(): Promise<void> {
    while (true) {
      const events = await readEvents(this.#db, { after: this.position, limit: READ_BATCH });
      for (const event of events) {
        this.position = event.position;
        this.#index.deliver(event);
      }
      if (events.length < READ_BATCH) return;
    }
  }

  lagSeconds(): number {
    const overdueSeconds = (this.#now().getTime() - this.#caughtUpAt.getTime() - this.#pollMs()) / 1000;
    return Math.max(0, overdueSeconds, this.#unsequencedSeconds);
  }

  async settled(): Promise<void> {
    do {
      // Two concurrent steps would deliver the same events twice.
      while (this.#running) await this.#running;
      clearTimeout(this.#timer);
      this.#due = Infinity;
      this.#sequence = true;
      await this.#run();
    } while (this.#unsequencedSeconds > 0 && !this.#closed);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }
}
