import type { Kysely } from "kysely";
import type { Database } from "../platform/db/database.ts";
import { notifyInstances } from "../platform/db/listen.ts";
import type { Tables } from "../platform/db/tables.ts";
import { EventIndex, type EventKey, type EventListener } from "./event_index.ts";
import {
  headPosition,
  readEvents,
  SEQUENCE_BATCH,
  sequenceEvents,
  unsequencedSeconds,
} from "./event_store.ts";

/** At most one hint in this time an instance: a NOTIFY serialises commits, so not one for each. */
const HINT_INTERVAL_MS = 20;

/** Covers a lost hint, a pooler in transaction mode, and databases without LISTEN. */
const POLL_INTERVAL_MS = 400;

/** Another sequencer held the lock and may have looked before our commit, or the batch was full: look again. */
const LEFT_RETRY_MS = 5;

/** Events read in one query. */
const READ_BATCH = 500;

/** One instance's eye on the event log: it sequences what was committed, reads the log once, and hands on. */
export type EventLog = {
  /** The newest position handed on to listeners. A listener added now hears everything after it. */
  readonly position: number;
  /** Seconds that the log's readers here are behind, as last measured. */
  readonly lagSeconds: number;
  readonly listeners: number;
  /** Calls `listener` for each event that concerns any of `keys`, from now on. Returns how to stop. */
  listen(keys: readonly EventKey[], listener: EventListener): () => void;
  /** Says that something was committed. Cheap: at most every 20 ms does it lead to work. */
  wake(): void;
  /** Resolves when everything committed before the call has been handed on. */
  settled(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Starts tailing `database`'s log from its present end. A failing database stops nothing: the tail is then
 * behind (`lagSeconds`), and goes on where it was when the database is back.
 */
export async function startEventLog(database: Database, now: () => Date): Promise<EventLog> {
  const { db } = database;
  const index = new EventIndex();
  const notify = () => database.listen ? notifyInstances(db) : Promise.resolve();
  const tail = new Tail(db, index, now, notify, await headPosition(db));
  const listening = database.listen?.(() => tail.wake(0, false));
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
      await Promise.all([tail.close(), listening?.close()]);
    },
  };
}

class Tail {
  position: number;
  #db: Kysely<Tables>;
  #index: EventIndex;
  #now: () => Date;
  #notify: () => Promise<void>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;
  #lastRun = -Infinity;
  #running: Promise<void> | undefined;
  #again = false;
  /** Whether the next step sequences. One that follows a hint need not: whoever hints has sequenced. */
  #sequence = true;
  #sequencedAt = -Infinity;
  #closed = false;
  #caughtUpAt: Date;
  #oldestSeconds = 0;

  constructor(
    db: Kysely<Tables>,
    index: EventIndex,
    now: () => Date,
    notify: () => Promise<void>,
    position: number,
  ) {
    this.#db = db;
    this.#index = index;
    this.#now = now;
    this.#notify = notify;
    this.position = position;
    this.#caughtUpAt = now();
  }

  /** Runs soon, but not sooner than `spacing` after the last run; earlier wishes win over later ones. */
  wake(spacing: number, sequence = true): void {
    this.#sequence ||= sequence;
    if (this.#running) {
      this.#again = true;
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
    this.#again = false;
    const run = this.#step().then(
      (left) => left ? LEFT_RETRY_MS : this.#again ? HINT_INTERVAL_MS : POLL_INTERVAL_MS,
      () => POLL_INTERVAL_MS,
    ).then((delay) => {
      this.#running = undefined;
      this.#schedule(this.#again ? Math.min(delay, HINT_INTERVAL_MS) : delay);
    });
    return this.#running = run;
  }

  /**
   * Sequences and tells the other instances, when we may have something to sequence or nobody has looked for a
   * while; reads on. Returns whether some may be left to sequence.
   */
  async #step(): Promise<boolean> {
    let left = false;
    if (this.#sequence || performance.now() - this.#sequencedAt >= POLL_INTERVAL_MS) {
      this.#sequence = false;
      left = await this.#sequenceSome();
      this.#sequence ||= left;
      this.#sequencedAt = performance.now();
    }
    await this.#read();
    this.#oldestSeconds = left ? await unsequencedSeconds(this.#db, this.#now()) : 0;
    this.#caughtUpAt = this.#now();
    return left;
  }

  /** Returns whether some may be left. */
  async #sequenceSome(): Promise<boolean> {
    const sequenced = await sequenceEvents(this.#db);
    if (sequenced !== "busy" && sequenced > 0) await this.#notify();
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
    const silent = (this.#now().getTime() - this.#caughtUpAt.getTime() - POLL_INTERVAL_MS) / 1000;
    return Math.max(0, silent, this.#oldestSeconds);
  }

  async settled(): Promise<void> {
    do {
      // One step at a time: two would hand the same events on twice.
      while (this.#running) await this.#running;
      clearTimeout(this.#timer);
      this.#due = Infinity;
      this.#sequence = true;
      await this.#run();
    } while (this.#oldestSeconds > 0 && !this.#closed);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }
}
