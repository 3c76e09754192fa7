import { sql } from "kysely";
import type { Database } from "../../platform/db/database.ts";
import { schemaStatus } from "../../platform/db/migrate.ts";
import type { EventLog } from "../../events/event_log.ts";
import { type AuthEvent, readEvents } from "../../events/events.ts";
import type { Jobs, QueueCounts } from "../../platform/jobs/jobs.ts";
import type { Setting } from "./setting.ts";
import type { Metrics, PerSecond } from "../metrics/metrics.ts";
import { measure, measuredChecks } from "./measured_checks.ts";

/** Facts about this process. */
export type ServerFacts = {
  version: string;
  startedAt: Date;
  instanceId: string;
  database: Database;
  /** Emulated external systems. Empty in production. */
  emulated: readonly string[];
  /** The environment variables of this instance. */
  settings: readonly Setting[];
  /** The local page that shows emulated mail, if mail is emulated. */
  inboxUrl: string | undefined;
  /** Flows of providers that this instance polls. */
  waitingFlows: () => number;
  /** Password hashes waiting in the queue. */
  hashQueue: () => number;
  /** Maximum number of waiting hashes. */
  hashPlaces: number;
};

/** A health check. `message` gives the result, and the remedy if it failed. */
export type Check = {
  name: string;
  ok: boolean;
  message: string;
  /** The series that shows this check over time. */
  series?: string;
};

/** The present health of this instance. */
export type ServerHealth = {
  instanceId: string;
  checks: Check[];
  tailLagSeconds: number;
  jobs: Record<string, QueueCounts>;
  hashQueue: number;
  subscribers: number;
  waitingFlows: number;
  series: { name: string; unit: string; samples: { at: Date; value: number }[] }[];
  recentErrors: AuthEvent[];
};

type HealthServices = {
  server: ServerFacts;
  eventLog: EventLog;
  jobs: Pick<Jobs, "counts">;
  metrics: Metrics;
  now: () => Date;
};

/** Above this lag subscribers notice, so the instance is not ready and load balancers should skip it. */
export const MOST_LAG_SECONDS = 5;

/** Checks that the database answers, that its schema is current, and that the event log does not lag. */
export async function readinessChecks(
  services: Pick<HealthServices, "server" | "eventLog">,
): Promise<Check[]> {
  const { database } = services.server;
  const tail = tailCheck(services.eventLog);
  try {
    await sql`select 1`.execute(database.db);
    const { pending, unknown } = await schemaStatus(database.db);
    return [
      { name: "database", ok: true, message: "Answers" },
      {
        name: "migrations",
        ok: pending.length + unknown.length === 0,
        message: pending.length
          ? "Behind: run `deno task migrate`"
          : unknown.length
          ? "Newer than this server"
          : "Current",
      },
      tail,
    ];
  } catch {
    return [{
      name: "database",
      ok: false,
      message: "Does not answer: check DATABASE_URL and whether Postgres is running",
    }, tail];
  }
}

function tailCheck(eventLog: EventLog): Check {
  const lag = eventLog.lagSeconds;
  const ok = lag <= MOST_LAG_SECONDS;
  return {
    name: "event tail",
    ok,
    message: ok ? "Current" : `${lag.toFixed(1)} s behind: check the database's load`,
  };
}

/** The values per second that the terminal's health screen shows. */
const SERIES: { name: string; unit: string; of: PerSecond }[] = [
  { name: "requests", unit: "/s", of: "requests" },
  { name: "sign-ins", unit: "/s", of: "signIns" },
  { name: "sign-in failures", unit: "/s", of: "signInFailures" },
  { name: "refusals", unit: "/s", of: "refusals" },
  { name: "overloads", unit: "/s", of: "overloads" },
  { name: "refreshes", unit: "/s", of: "refreshes" },
  { name: "failures", unit: "/s", of: "failures" },
  { name: "database", unit: "/s", of: "databaseOperations" },
  { name: "events", unit: "/s", of: "events" },
  { name: "latency", unit: "ms", of: "latencyMs" },
  { name: "hash queue", unit: "waiting", of: "hashQueue" },
];

/** Event types that count as recent errors. */
const ERROR_TYPES = ["flow.failed", "flow.timed_out", "mail.dead"];

/** Collects the health of this instance, with the results of `others` for external systems. */
export async function serverHealth(
  services: HealthServices,
  others: readonly RememberedCheck[],
): Promise<ServerHealth> {
  const { server, eventLog, metrics } = services;
  const jobs = await services.jobs.counts().catch(() => undefined);
  const recentErrors = await readEvents(server.database.db, { limit: 10, newestFirst: true }, {
    types: ERROR_TYPES,
  })
    .catch(() => []);
  return {
    instanceId: server.instanceId,
    checks: await allChecks(services, others, jobs !== undefined),
    tailLagSeconds: eventLog.lagSeconds,
    jobs: jobs ?? {},
    hashQueue: server.hashQueue(),
    subscribers: eventLog.listeners,
    waitingFlows: server.waitingFlows(),
    series: SERIES.map(({ name, unit, of }) => ({ name, unit, samples: metrics.series(of, services.now()) })),
    recentErrors,
  };
}

async function allChecks(
  services: HealthServices,
  others: readonly RememberedCheck[],
  jobsAnswer: boolean,
): Promise<Check[]> {
  const { server, metrics } = services;
  const hashing = { waiting: server.hashQueue(), places: server.hashPlaces };
  return [
    ...await readinessChecks(services),
    {
      name: "jobs",
      ok: jobsAnswer,
      message: jobsAnswer ? "Running" : "Not answering: check the database",
    },
    ...measuredChecks(measure(metrics, hashing, services.now())),
    ...await Promise.all(others.map((check) => check())),
  ];
}

/**
 * Returns the checks of this server and of external systems that fail now. Measured load is left out: a stranger can
 * cause it, and refusals because of it are events.
 */
export async function failedChecks(
  services: Pick<HealthServices, "server" | "eventLog">,
  others: readonly RememberedCheck[],
): Promise<Check[]> {
  const checks = await Promise.all([readinessChecks(services), ...others.map((check) => check())]);
  return checks.flat().filter(({ ok }) => !ok);
}

/** Returns the last result of a check of an external system. */
export type RememberedCheck = () => Promise<Check>;

const ASKED_EVERY_MS = 60_000;

/**
 * Calls `ask` at most once a minute. Until then all callers share the same result or promise, even a failure.
 */
export function onceAMinute<T>(ask: () => Promise<T>, now: () => Date): () => Promise<T> {
  let askedAt = -Infinity;
  let answer: Promise<T> | undefined;
  return () => {
    if (answer && now().getTime() - askedAt < ASKED_EVERY_MS) return answer;
    askedAt = now().getTime();
    return answer = ask();
  };
}

/** Like `onceAMinute`, but returns the last result while it asks again. */
export function cachedForAMinute(ask: () => Promise<Check>, now: () => Date): RememberedCheck {
  let askedAt = -Infinity;
  let asking: Promise<Check> | undefined;
  let known: Check | undefined;
  return () => {
    if (!asking || now().getTime() - askedAt >= ASKED_EVERY_MS) {
      askedAt = now().getTime();
      asking = ask().then((check) => known = check);
    }
    return known ? Promise.resolve(known) : asking;
  };
}
