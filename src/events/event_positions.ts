import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Tables } from "../platform/db/tables.ts";
import { conditionOf, type EventFilter, FIELDS } from "./event_filter.ts";
import { isAddressPart, reasonBegins, typeHas } from "./event_words.ts";

/** Positions between two others (exclusive). */
export type PositionRange = { after: number; before: number };

/** How many positions to find, and from which end. `any` is for counting them. */
export type Page = PositionRange & { limit: number; from: "oldest" | "newest" | "any" };

/** The order of the positions of a page. */
export function directionOf({ from }: Pick<Page, "from">) {
  return sql.raw(from === "oldest" ? "asc" : "desc");
}

/** A statement that selects the positions of some events, in order and limited. */
type Positions = RawBuilder<{ position: number }>;

/** Before every position, and after every position. */
export const ALL_POSITIONS: PositionRange = { after: -1, before: Number.MAX_SAFE_INTEGER };

/**
 * The order of positions can differ from the order of times by this much: transactions take time, and the clocks of
 * instances differ.
 */
const DISORDER_MS = 5 * 60 * 1000;

/** Narrows a range to the positions that events of the filter's time can have. */
export async function withinTime(
  db: Kysely<Tables>,
  { after, before }: PositionRange,
  { since, until }: Pick<EventFilter, "since" | "until">,
): Promise<PositionRange> {
  if (!since && !until) return { after, before };
  const earlier = new Date((since?.getTime() ?? 0) - DISORDER_MS);
  const later = new Date((until?.getTime() ?? 0) + DISORDER_MS);
  const { rows } = await sql<{ first: string | null; last: string | null }>`
    select
      (select position from events where ${since !== undefined} and at < ${earlier}
        order by at desc, position desc limit 1) as first,
      (select position from events where ${until !== undefined} and at > ${later}
        order by at, position limit 1) as last`.execute(db);
  const { first = null, last = null } = rows[0] ?? {};
  return {
    after: Math.max(after, first === null ? -1 : Number(first)),
    before: Math.min(before, last === null ? Number.MAX_SAFE_INTEGER : Number(last)),
  };
}

/**
 * Returns statements that find the filter's events by an index; each finds a page. Returns undefined if only the index
 * of positions helps.
 *
 * The planner expects matches to be spread evenly over the log, and would read millions of rows to find the matches of a
 * past attack. So each statement compares an index's value and position together, which only that index can answer.
 */
export async function searches(
  db: Kysely<Tables>,
  filter: EventFilter,
  page: Page,
): Promise<Positions[] | undefined> {
  const { types, subjects, text } = filter;
  for (const name of ["flowId", "credentialId", "userId"] as const) {
    const value = filter[name];
    if (value !== undefined) return [byValues(name, [value], { ...filter, [name]: undefined }, page)];
  }
  if (subjects) {
    const rest = { ...filter, subjects: undefined };
    return subjects.map(({ field, value }) => byValues(field, [value], rest, page));
  }
  for (const name of ["ipAddress", "block", "reason"] as const) {
    const value = filter[name];
    if (value !== undefined) return [byValues(name, [value], { ...filter, [name]: undefined }, page)];
  }
  if (types) return [byValues("type", types, { ...filter, types: undefined }, page)];
  return text === undefined ? undefined : await byWord(db, text, filter, page);
}

/** Whether only the word narrows the search. */
export function isByWord(filter: EventFilter): boolean {
  const { types, subjects, text } = filter;
  const names = ["flowId", "credentialId", "userId", "ipAddress", "block", "reason"] as const;
  return text !== undefined && !types && !subjects && names.every((name) => filter[name] === undefined);
}

async function byWord(
  db: Kysely<Tables>,
  word: string,
  filter: EventFilter,
  page: Page,
): Promise<Positions[]> {
  const [types, reasons] = await Promise.all([valuesOf(db, "type"), valuesOf(db, "reason")]);
  const rest = { ...filter, text: undefined };
  return [
    byValues("type", types.filter((type) => typeHas(type, word)), rest, page),
    byValues("reason", reasons.filter((reason) => reasonBegins(reason, word)), rest, page),
    ...(isAddressPart(word) ? [byAddressPart(word, rest, page)] : []),
  ];
}

/** Finds events with one of these values that also match `rest`, with one index scan for each value. */
function byValues(
  name: keyof typeof FIELDS,
  values: readonly string[],
  rest: EventFilter,
  page: Page,
): Positions {
  const { sql: value, indexed } = FIELDS[name];
  const { after, before, limit } = page;
  const order = directionOf(page);
  const condition = conditionOf(rest).sql;
  return sql`(
    select found.position from unnest(${values}::text[]) as wanted(value) cross join lateral (
      select position from events
      where ${indexed} and (${value}, position) > (wanted.value, ${after}::bigint)
        and (${value}, position) < (wanted.value, ${before}::bigint) and ${condition}
      order by ${value} ${order}, position ${order} limit ${limit}) found
    order by found.position ${order} limit ${limit})`;
}

/** Reads the index entries of all matching addresses. `readNear` avoids that for a word that matches many events. */
function byAddressPart(word: string, filter: EventFilter, page: Page): Positions {
  const { after, before, limit, from } = page;
  return sql`(
    select position from events
    where ${addressBegins(word)} and position > ${after} and position < ${before}
      and ${conditionOf(filter).sql}
    ${from === "any" ? sql`` : sql`order by position + 0 ${directionOf(page)}`} limit ${limit})`;
}

/** The condition that an address begins with the word, as a range of the index. */
export function addressBegins(word: string) {
  const next = word.slice(0, -1) + String.fromCharCode(word.charCodeAt(word.length - 1) + 1);
  return sql<boolean>`ip_address >= ${word} and ip_address < ${next}`;
}

/** Returns the distinct values of a field that has few. Reads one index entry for each. */
export async function valuesOf(db: Kysely<Tables>, name: "type" | "reason"): Promise<string[]> {
  const { sql: value, indexed } = FIELDS[name];
  const { rows } = await sql<{ value: string }>`
    with recursive known as (
      (select ${value} as value from events where ${indexed} order by 1 limit 1)
      union all
      select (select ${value} from events where ${indexed} and ${value} > known.value order by 1 limit 1)
      from known where known.value is not null
    ) select value from known where value is not null`.execute(db);
  return rows.map((row) => row.value);
}
