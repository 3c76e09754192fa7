import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { shareMetrics } from "./shared_metrics.ts";

/** The window of `AuthMetrics` and of the terminal's series. */
export const WINDOW_SECONDS = 300;

const NAMES = {
  requests: "GraphQL operations started",
  tokenValidations: "Tokens accepted",
  tokenValidationFailures: "Tokens rejected",
  timingFailures: "Tokens rejected only for their time (iat, nbf, exp)",
  signIns: "Successful sign-ins",
  signInFailures: "Failed sign-ins",
  refreshes: "Sessions refreshed",
  credentialRefreshes: "Credentials refreshed at their provider",
  credentialRefreshFailures: "Credential refreshes that failed or were rejected",
  vaultSweeps: "Completed sweeps of the vault",
  vaultSweepFailures: "Failed sweeps of the vault, which are retried",
  guestsReaped: "Guests removed after a long time without a session",
  refusals: "Mutations refused with an error for the caller",
  overloads: "Mutations refused because the server was overloaded",
  limitsHit: "Requests rejected by a rate limit",
  stateTransitions: "Changes of a user's state",
  stateTransitionFailures: "Rejected changes of a user's state",
  databaseOperations: "Successful database statements",
  databaseFailures: "Failed database statements",
  events: "Events delivered to this instance's listeners",
  failures: "Operations that failed with a server fault",
} as const;

/** The name of a counter. */
export type Count = keyof typeof NAMES;

/** A value that is kept for each second: a count, the mean latency, or the most hashes that waited. */
export type PerSecond = Count | "latencyMs" | "hashQueue";

/**
 * Values read when Prometheus asks. Several servers in one process report the sum, or the highest if that says more.
 */
export type Gauges = Readonly<Record<string, { help: string; read: () => number; aggregator?: "max" }>>;

/** This instance's counters: totals for Prometheus, and values per second for the last five minutes. */
export type Metrics = {
  /** Adds values that are read when Prometheus asks. */
  addGauges(gauges: Gauges): void;
  add(count: Count, by?: number): void;
  /** Records the duration of an operation. */
  observeSeconds(seconds: number): void;
  /** Records the duration of a password hash, without its waiting time, and how many others waited at its end. */
  observeHash(seconds: number, waiting: number): void;
  /** Returns the sum over the window. */
  recent(count: Count, now: Date): number;
  /** Returns one value per second over the window, oldest first. */
  series(of: PerSecond, now: Date): { at: Date; value: number }[];
  /** Returns the metrics of all servers in this process in Prometheus's text format. */
  text(): Promise<string>;
  close(): void;
};

/** Creates the counters of one server. `workers` is the number of servers in this process. */
export function createMetrics(now: () => Date, workers = 1): Metrics {
  const registry = new Registry();
  const shared = workers > 1 ? shareMetrics(registry, workers - 1) : undefined;
  const counters = Object.fromEntries(
    Object.entries(NAMES).map(([name, help]) => [
      name,
      new Counter({ name: `sallyport_${snakeCase(name)}_total`, help, registers: [registry] }),
    ]),
  ) as Record<Count, Counter>;
  const duration = new Histogram({
    name: "sallyport_operation_seconds",
    help: "Duration of GraphQL operations without subscriptions",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const hashing = new Histogram({
    name: "sallyport_hash_seconds",
    help: "Duration of password hashes, without waiting time",
    buckets: [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28],
    registers: [registry],
  });
  const recent = Object.fromEntries(Object.keys(NAMES).map((name) => [name, new Ring()])) as Record<
    Count,
    Ring
  >;
  const latency = { total: new Ring(), count: new Ring() };
  const hashQueue = new Ring(Math.max);
  return {
    addGauges: (gauges) => {
      for (const [name, { help, read, aggregator = "sum" }] of Object.entries(gauges)) {
        new Gauge({
          name: `sallyport_${snakeCase(name)}`,
          help,
          aggregator,
          registers: [registry],
          collect() {
            this.set(read());
          },
        });
      }
    },
    add: (count, by = 1) => {
      counters[count].inc(by);
      recent[count].add(now(), by);
    },
    observeSeconds: (seconds) => {
      duration.observe(seconds);
      latency.total.add(now(), seconds * 1000);
      latency.count.add(now(), 1);
    },
    observeHash: (seconds, waiting) => {
      hashing.observe(seconds);
      hashQueue.add(now(), waiting);
    },
    recent: (count, at) => recent[count].values(at).reduce((sum, value) => sum + value, 0),
    series: (of, at) => {
      const start = Math.floor(at.getTime() / 1000) - WINDOW_SECONDS + 1;
      const sample = (value: number, index: number) => ({ at: new Date((start + index) * 1000), value });
      if (of === "hashQueue") return hashQueue.values(at).map(sample);
      if (of !== "latencyMs") return recent[of].values(at).map(sample);
      const counts = latency.count.values(at);
      return latency.total.values(at).map((total, index) =>
        sample(total / Math.max(1, counts[index] ?? 0), index)
      );
    },
    text: () => shared?.text() ?? registry.metrics(),
    close: () => shared?.close(),
  };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/**
 * Sums, or other combinations, per second over the window, in fixed memory: a slot is reused when its second leaves the
 * window.
 */
class Ring {
  readonly #sums = new Float64Array(WINDOW_SECONDS);
  readonly #seconds = new Float64Array(WINDOW_SECONDS);
  readonly #combine: (before: number, value: number) => number;

  constructor(combine = (before: number, value: number) => before + value) {
    this.#combine = combine;
  }

  add(at: Date, by: number): void {
    const second = Math.floor(at.getTime() / 1000);
    const slot = second % WINDOW_SECONDS;
    if (this.#seconds[slot] !== second) {
      this.#seconds[slot] = second;
      this.#sums[slot] = 0;
    }
    this.#sums[slot] = this.#combine(this.#sums[slot] ?? 0, by);
  }

  /** Returns one sum per second, oldest first, up to the second of `now`. */
  values(now: Date): number[] {
    const last = Math.floor(now.getTime() / 1000);
    return Array.from({ length: WINDOW_SECONDS }, (_, index) => {
      const second = last - WINDOW_SECONDS + 1 + index;
      const slot = second % WINDOW_SECONDS;
      return this.#seconds[slot] === second ? this.#sums[slot] ?? 0 : 0;
    });
  }
}

/** Provides the counters. */
export type HasMetrics = { count: (what: Count, by?: number) => void };
