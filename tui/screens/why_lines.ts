import type { Diagnosis, Finding } from "../documents/why.ts";
import { addressOf, type EventRun, intoRuns, reasonOf, toneOfType } from "../event_runs.ts";
import { field, type Line } from "../lines.tsx";
import type { Column } from "../table.tsx";
import { dateTime, dayTime, relative } from "../time.ts";
import { runLines } from "./event_lines.ts";

/** A row of the Why screen: a cause, or a run of events. */
export type WhyRow =
  | { kind: "finding"; finding: Finding; number: number }
  | { kind: "run"; run: EventRun };

/** The causes, the most likely first; then the events, the newest first, runs of the same event as one. */
export function whyRows({ findings, timeline }: Diagnosis): WhyRow[] {
  return [
    ...findings.map((finding, index): WhyRow => ({ kind: "finding", finding, number: index + 1 })),
    ...intoRuns(timeline.nodes, true).toReversed().map((run): WhyRow => ({ kind: "run", run })),
  ];
}

export function keyOfRow(row: WhyRow): string {
  return row.kind === "finding" ? row.finding.code : (row.run.events[0] ?? row.run.event).id;
}

export function whyColumns(rows: readonly WhyRow[], now: number): Column<WhyRow>[] {
  return [
    {
      title: "SINCE",
      cells: Math.max(8, ...rows.map((row) => timeOf(row, now).length)),
      of: (row) => ({ text: timeOf(row, now), tone: "dim" }),
    },
    {
      title: "CAUSE OR EVENT",
      cells: Math.max(24, ...rows.map((row) => row.kind === "finding" ? titleOf(row).length : 0)),
      of: (row) =>
        row.kind === "finding"
          ? { text: titleOf(row), tone: "bad" }
          : { text: withCount(row.run), tone: toneOfType(row.run.event.type) },
    },
    {
      title: "WHAT HAPPENED",
      of: (row) =>
        row.kind === "finding"
          ? row.finding.cause
          : [addressOf(row.run.event), reasonOf(row.run.event)].join(" "),
    },
  ];
}

function titleOf({ number, finding }: WhyRow & { kind: "finding" }): string {
  return `${number}. ${finding.code}`;
}

function withCount({ event: { type }, count }: EventRun): string {
  return count > 1 ? `${type} ×${count}` : type;
}

function timeOf(row: WhyRow, now: number): string {
  const at = row.kind === "finding" ? row.finding.since : row.run.event.at;
  return at ? dayTime(at, now) : "";
}

export function whyLines(row: WhyRow, nameOf: (userId: string) => string | undefined, now: number): Line[] {
  if (row.kind === "run") return runLines(row.run, nameOf, now);
  const { code, cause, cure, since, until, events } = row.finding;
  return [
    [{ text: code, tone: "bad" }],
    [],
    [`${cause}.`],
    [],
    [{ text: `${cure}.`, tone: "good" }],
    [],
    ...field("since", dateTime(since)),
    ...field("until", until && `${dateTime(until)}, ${relative(until, now)}`),
    ...(events.length > 0 ? [[{ text: "The proof", tone: "title" } as const]] : []),
    ...events.toReversed().map((event): Line => [
      { text: `${dayTime(event.at, now)} `, tone: "dim" },
      { text: `${event.type} `, tone: toneOfType(event.type) },
      event.ipAddress ?? event.actor,
    ]),
  ];
}
