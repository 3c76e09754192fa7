import { sql } from "kysely";
import type { Database } from "../../platform/db/database.ts";
import { schemaStatus } from "../../platform/db/migrate.ts";
import type { EventLog } from "../../events/event_log.ts";
import { type AuthEvent, readEvents } from "../../events/events.ts";
import type { Jobs, QueueCounts } from "../../platform/jobs/jobs.ts";
import type { Count, Metrics } from "../metrics/metrics.ts";

/** What this process is. */
export type ServerFacts = {
  version: string;
  startedAt: Date;
  instanceId: string;
  database: Database;
  /** Which outside systems are stand-ins; empty in production. */
  emulated: readonly string[];
  /** Where people on this machine read the mail that it sends, when mail is emulated. */
  inboxUrl: string | undefined;
  /** Waits for providers that this instance holds. */
  waitingFlows: () => number;
  /** Hashes of passwords that wait for their turn. */
  hashQueue: () => number;
};

/** One thing that must be right for the server to do its work; `message` says what to do when it is not. */
export type Check = { name: string; ok: boolean; message: string };

/** This instance, now. */
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

/** Behind by more than this, subscribers notice, and whoever balances the load should send them elsewhere. */
export const MOST_LAG_SECONDS = 5;

/** Whether this instance can serve: the database answers, its schema is ours, and the tail is not behind. */
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
      message: "Does not answer: check DATABASE_URL and that Postgres runs",
    }, tail];
  }
}

function tailCheck(eventLog: EventLog): Check {
  const lag = eventLog.lagSeconds;
  const ok = lag <= MOST_LAG_SECONDS;
  return {
    name: "event tail",
    ok,
    message: ok ? "Current" : `${lag.toFixed(1)} s behind: look at the database's load`,
  };
}

/** What the terminal's health screen shows of each second. */
const SERIES: { name: string; unit: string; of: Count | "latencyMs" }[] = [
  { name: "requests", unit: "/s", of: "requests" },
  { name: "sign-ins", unit: "/s", of: "signIns" },
  { name: "refreshes", unit: "/s", of: "refreshes" },
  { name: "failures", unit: "/s", of: "failures" },
  { name: "database", unit: "/s", of: "databaseOperations" },
  { name: "events", unit: "/s", of: "events" },
  { name: "latency", unit: "ms", of: "latencyMs" },
];

/** What went wrong lately, by the types of event that say so. */
const ERROR_TYPES = ["flow.failed", "flow.timed_out", "mail.dead"];

/** Everything an operator wants to know of this instance, with what `others` find out of the systems outside. */
export async function serverHealth(
  services: HealthServices,
  others: readonly RememberedCheck[],
): Promise<ServerHealth> {
  const { server, eventLog, metrics } = services;
  const now = services.now();
  const ready = await readinessChecks(services);
  const jobs = await services.jobs.counts().catch(() => undefined);
  const recentErrors = await readEvents(server.database.db, { limit: 10, newestFirst: true }, {
    types: ERROR_TYPES,
  })
    .catch(() => []);
  return {
    instanceId: server.instanceId,
    checks: [
      ...ready,
      {
        name: "jobs",
        ok: jobs !== undefined,
        message: jobs ? "Running" : "Not answering: look at the database",
      },
      ...await Promise.all(others.map((check) => check())),
    ],
    tailLagSeconds: eventLog.lagSeconds,
    jobs: jobs ?? {},
    hashQueue: server.hashQueue(),
    subscribers: eventLog.listeners,
    waitingFlows: server.waitingFlows(),
    series: SERIES.map(({ name, unit, of }) => ({ name, unit, samples: metrics.series(of, now) })),
    recentErrors,
  };
}

/** A check of a system outside, as it lately came out. */
export type RememberedCheck = () => Promise<Check>;

const ASKED_EVERY_MS = 60_000;

/** Asks once a minute at most: until then all get the same answer, or wait for it, also when it is a failure. */
export function onceAMinute<T>(ask: () => Promise<T>, now: () => Date): () => Promise<T> {
  let askedAt = -Infinity;
  let answer: Promise<T> | undefined;
  return () => {
    if (answer && now().getTime() - askedAt < ASKED_EVERY_MS) return answer;
    askedAt = now().getTime();
    return answer = ask();
  };
}

/** The same for what is shown all the time: answers what was last learned while it asks. */
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
