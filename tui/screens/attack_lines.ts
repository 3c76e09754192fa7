import type { AttackRow } from "../attack.ts";
import type { AuthEvent } from "../documents/events.ts";
import { countOf, reasonOf, toneOfType } from "../event_runs.ts";
import { filterRows } from "../filter_rows.ts";
import { field, type Line } from "../lines.tsx";
import type { Column } from "../table.tsx";
import { dateTime, dayTime, relative } from "../time.ts";

/** Reasons, names and events that the detail lists. */
const LISTED = { most: 5, events: 20 };

type NameOf = (userId: string) => string | undefined;

export function attackColumns(nameOf: NameOf, now: number): Column<AttackRow>[] {
  return [
    { title: "", cells: 7, of: ({ kind }) => ({ text: kind, tone: "dim" }) },
    { title: "WHO", of: (row) => nameOfRow(row, nameOf) },
    { title: "REFUSED", cells: 7, of: ({ count }) => String(count) },
    { title: "LAST", cells: 8, of: ({ events: [newest] }) => newest ? dayTime(newest.at, now) : "" },
    {
      title: "REASON, OR LIMIT",
      cells: 24,
      from: 60,
      of: ({ limit, events }) =>
        limit
          ? `${relative(limit.until, now)} ${limit.variable.replace("LIMIT_", "")}`
          : tallied(events, reasonOf)[0]?.[0] ?? "",
    },
  ];
}

export function nameOfRow({ name, userId }: AttackRow, nameOf: NameOf): string {
  return (userId && nameOf(userId)) ?? name;
}

/** The rows whose kind, name or limit contains every word. */
export function filterAttack(rows: readonly AttackRow[], filter: string, nameOf: NameOf): AttackRow[] {
  return rows.filter((row) => {
    const { kind, limit } = row;
    return filterRows([{ kind, limit, name: nameOfRow(row, nameOf) }], filter).length > 0;
  });
}

export function attackLines(row: AttackRow, nameOf: NameOf, now: number): Line[] {
  const { kind, userId, count, events, limit } = row;
  const userOf = ({ userId }: AuthEvent) => userId && (nameOf(userId) ?? userId);
  return [
    [{ text: nameOfRow(row, nameOf), tone: "title" }],
    [],
    ...field("limit", limit?.variable, "warn"),
    ...field("until", limit && `${dateTime(limit.until)}, ${relative(limit.until, now)}`, "warn"),
    ...field("refused", count === 1 ? "once" : `${count.toLocaleString("en")} times`),
    ...field("first", dateTime(events.at(-1)?.at)),
    ...field("last", dateTime(events[0]?.at)),
    ...field("user", userId),
    [],
    ...section("Reasons", tallied(events, reasonOf)),
    ...section("Accounts", kind === "account" ? [] : tallied(events, userOf)),
    ...section("Addresses", kind === "address" ? [] : tallied(events, ({ ipAddress }) => ipAddress)),
    [{ text: "The newest", tone: "title" }],
    ...events.slice(0, LISTED.events).map((event): Line => [
      { text: `${dayTime(event.at, now)} `, tone: "dim" },
      { text: `${event.type} `, tone: toneOfType(event.type) },
      reasonOf(event),
    ]),
  ];
}

/** The counts by key, the largest first. */
function tallied(
  events: readonly AuthEvent[],
  keyOf: (event: AuthEvent) => string | null | undefined,
): [string, number][] {
  const counts = new Map<string, number>();
  for (const event of events) {
    const key = keyOf(event);
    if (key) counts.set(key, (counts.get(key) ?? 0) + countOf(event));
  }
  return [...counts].toSorted(([, one], [, other]) => other - one);
}

function section(title: string, counts: readonly [string, number][]): Line[] {
  if (counts.length === 0) return [];
  const more = counts.length - LISTED.most;
  return [
    [{ text: `${title} `, tone: "title" }, { text: String(counts.length), tone: "dim" }],
    ...counts.slice(0, LISTED.most).map(([name, count]): Line => [`${String(count).padStart(6)}  ${name}`]),
    ...(more > 0 ? [[{ text: `        and ${more} others`, tone: "dim" as const }]] : []),
    [],
  ];
}
