import type { Change } from "../checks.ts";
import type { ServerGreeting, ServerHealth } from "../documents/server.ts";
import { field, type Line } from "../lines.tsx";
import { sparkline } from "../sparkline.ts";
import { SIGN } from "../theme.ts";
import { dateTime, dayTime } from "../time.ts";

type Check = ServerHealth["checks"][number];
type Series = ServerHealth["series"][number];

/** The whole text of a check, its series over five minutes, and its changes since the terminal started. */
export function checkLines(
  { name, ok, message, series }: Check,
  changes: readonly Change[],
  health: ServerHealth,
  width: number,
  now: number,
): Line[] {
  const shown = health.series.find((each) => each.name === series);
  return [
    [{ text: `${name}  `, tone: "title" }, signOf(ok)],
    [message],
    [],
    ...(shown ? [SCALE, rateLine(shown, width), []] : []),
    [{ text: "Changes since this terminal started", tone: "title" }],
    ...changes.toReversed().map((change): Line => [
      { text: `${dayTime(new Date(change.at).toISOString(), now)} `, tone: "dim" },
      signOf(change.ok),
      " ",
      change.message,
    ]),
    [],
  ];
}

/** The instance, its rates, its recent errors and its jobs. */
export function instanceLines(
  health: ServerHealth,
  server: ServerGreeting["server"] | undefined,
  width: number,
  now: number,
): Line[] {
  return [
    [{ text: `Sallyport ${server?.version ?? ""}`, tone: "title" }],
    ...field("instance", health.instanceId),
    ...field("database", server?.database),
    ...field("started", dateTime(server?.startedAt)),
    ...field(
      "tail lag",
      `${health.tailLagSeconds.toFixed(1)} s`,
      health.tailLagSeconds > 1 ? "bad" : "plain",
    ),
    ...field("hash queue", String(health.hashQueue)),
    ...field("subscribers", String(health.subscribers)),
    ...field("Modal waits", String(health.waitingFlows)),
    [],
    SCALE,
    ...health.series.map((each) => rateLine(each, width)),
    [],
    [{ text: "Recent errors", tone: "title" }],
    ...(health.recentErrors.length === 0 ? [[{ text: "none", tone: "dim" as const }]] : []),
    ...health.recentErrors.map(({ at, type, actor }): Line => [
      { text: `${dayTime(at, now)} `, tone: "dim" },
      { text: `${type} `, tone: "bad" },
      actor,
    ]),
    [],
    [{ text: "Jobs", tone: "title" }],
    ...Object.entries(health.jobs as Record<string, Record<string, number>>).map(jobLine),
  ];
}

function signOf(ok: boolean) {
  return { text: ok ? SIGN.good : SIGN.bad, tone: ok ? "good" as const : "bad" as const };
}

const SCALE: Line = [
  { text: "Five minutes  ", tone: "title" },
  { text: "the highest bar is the maximum", tone: "dim" },
];

const NAME_CELLS = 16;
const NUMBER_CELLS = 26;

/** A series as bars, with its average and maximum. */
function rateLine({ name, unit, samples }: Series, width: number): Line {
  const values = samples.map(({ value }) => value);
  // A second without requests has no latency.
  const counted = unit === "/s" ? values : values.filter((value) => value > 0);
  const average = counted.reduce((sum, value) => sum + value, 0) / Math.max(1, counted.length);
  const cells = Math.max(10, Math.min(60, width - NAME_CELLS - NUMBER_CELLS));
  return [
    { text: `${name.padEnd(NAME_CELLS)} `, tone: "dim" },
    { text: `${sparkline(values, cells)} `, tone: "accent" },
    `${round(average)} avg, ${round(Math.max(0, ...values))} max ${unit}`,
  ];
}

function jobLine([queue, counts]: [string, Record<string, number>]): Line {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return [
    { text: queue.padEnd(22), tone: "dim" },
    some.map(([state, count]) => `${count} ${state}`).join("  ") || { text: "idle", tone: "dim" },
  ];
}

function round(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}
