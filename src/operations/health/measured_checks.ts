import type { Metrics, PerSecond } from "../metrics/metrics.ts";
import type { Check } from "./server.ts";

/** The checks judge this much of the past, so that a burst stays visible for a minute. */
const CHECKED_SECONDS = 60;

/** A series over the last minute: its sum, its average over the seconds with a value, and its highest second. */
export type Minute = { total: number; average: number; max: number };

/** What the checks judge. */
export type Measured = Record<(typeof MEASURED)[number], Minute> & { hashPlaces: number };

const MEASURED = [
  "requests",
  "signIns",
  "signInFailures",
  "refusals",
  "overloads",
  "failures",
  "credentialRefreshes",
  "credentialRefreshFailures",
  "latencyMs",
  "hashQueue",
] as const satisfies readonly PerSecond[];

/** Reads the last minute before `now`. The hash queue is sampled when a hash ends, so its present length counts too. */
export function measure(
  metrics: Pick<Metrics, "series">,
  queue: { waiting: number; places: number },
  now: Date,
): Measured {
  const minute = (of: PerSecond): Minute => {
    const values = metrics.series(of, now).slice(-CHECKED_SECONDS).map(({ value }) => value);
    const total = values.reduce((sum, value) => sum + value, 0);
    return {
      total,
      average: total / Math.max(1, values.filter((value) => value > 0).length),
      max: Math.max(...values),
    };
  };
  const minutes = Object.fromEntries(MEASURED.map((of) => [of, minute(of)])) as Record<
    (typeof MEASURED)[number],
    Minute
  >;
  const hashQueue = { ...minutes.hashQueue, max: Math.max(minutes.hashQueue.max, queue.waiting) };
  return { ...minutes, hashQueue, hashPlaces: queue.places };
}

/** Returns the checks of the measured values. */
export function measuredChecks(measured: Measured): Check[] {
  return RULES.map(({ name, series, judge }) => ({ name, ...(series && { series }), ...judge(measured) }));
}

type Judged = Pick<Check, "ok" | "message">;

/** A check with a threshold. Its message has the numbers. */
type Rule = { name: string; series?: string; judge: (measured: Measured) => Judged };

const RULES: readonly Rule[] = [
  { name: "hash queue", series: "hash queue", judge: judgeHashQueue },
  { name: "refusals", series: "refusals", judge: judgeRefusals },
  { name: "overload", series: "overloads", judge: judgeOverloads },
  { name: "faults", series: "failures", judge: judgeFaults },
  { name: "sign-ins", series: "sign-in failures", judge: judgeSignIns },
  { name: "credential refreshes", judge: judgeRefreshes },
  { name: "latency", series: "latency", judge: judgeLatency },
];

/** Above this share of the places, the server may refuse the next burst. */
const MOST_HASH_QUEUE = 0.75;

function judgeHashQueue({ hashQueue: { average, max }, hashPlaces }: Measured): Judged {
  const numbers = `${max} of ${hashPlaces} places taken at most, ${whole(average)} on average`;
  return judged(
    max <= MOST_HASH_QUEUE * hashPlaces,
    numbers,
    "More passwords arrive than can be hashed. Look for an attack at the events, or add an instance",
  );
}

/** Smaller numbers in a minute can be chance. */
const LEAST_REFUSALS = 60;
const LEAST_OVERLOADS = 10;
const LEAST_FAULTS = 3;
const LEAST_SIGN_INS = 20;
const LEAST_REFRESH_FAILURES = 3;

/** The ordinary errors of people and scripts stay below this share. */
const MOST_REFUSALS = 0.1;

function judgeRefusals({ refusals: { total, max }, requests }: Measured): Judged {
  return judged(
    total < LEAST_REFUSALS || total <= MOST_REFUSALS * requests.total,
    `${total} of ${requests.total} requests refused, ${max}/s at most`,
    "Look at the events: which address, which reason?",
  );
}

function judgeOverloads({ overloads: { total, max }, requests }: Measured): Judged {
  return judged(
    total < LEAST_OVERLOADS,
    `${total} of ${requests.total} requests refused as OVERLOADED, ${max}/s at most`,
    "Look for an attack at the events, or add an instance",
  );
}

/** A larger share of faults is not chance. */
const MOST_FAULTS = 0.01;

function judgeFaults({ failures: { total, max }, requests }: Measured): Judged {
  return judged(
    total < LEAST_FAULTS || total <= MOST_FAULTS * requests.total,
    `${total} of ${requests.total} requests failed with a server fault, ${max}/s at most`,
    "The server's log has the cause",
  );
}

/** Mistyped passwords stay below this share. */
const MOST_SIGN_IN_FAILURES = 0.5;

function judgeSignIns({ signIns, signInFailures: { total: failed } }: Measured): Judged {
  const tried = signIns.total + failed;
  return judged(
    tried < LEAST_SIGN_INS || failed <= MOST_SIGN_IN_FAILURES * tried,
    `${failed} of ${tried} sign-ins failed`,
    "Look at the events: which address, which accounts?",
  );
}

const MOST_REFRESH_FAILURES = 0.2;

function judgeRefreshes({ credentialRefreshes, credentialRefreshFailures }: Measured): Judged {
  const failed = credentialRefreshFailures.total;
  const tried = credentialRefreshes.total + failed;
  return judged(
    failed < LEAST_REFRESH_FAILURES || failed <= MOST_REFRESH_FAILURES * tried,
    `${failed} of ${tried} refreshes of credentials failed`,
    "Look at the events credential.refresh_failed for the provider's answer",
  );
}

/** Users notice longer waits. */
const MOST_LATENCY_MS = 500;

function judgeLatency({ latencyMs: { average, max } }: Measured): Judged {
  return judged(
    average <= MOST_LATENCY_MS,
    `${whole(average)} ms on average, ${whole(max)} ms in the slowest second`,
    "Check the load of the database, and the hash queue",
  );
}

function judged(ok: boolean, numbers: string, remedy: string): Judged {
  return { ok, message: `${numbers} in the last minute${ok ? "" : `. ${remedy}`}` };
}

function whole(value: number): string {
  return String(Math.round(value));
}
