import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Tables } from "../db/tables.ts";

/** A count: its row, how many it may reach, and when it ends if it begins now. Times are milliseconds since 1970. */
export type Counter = { key: string; most: number; endsAt: number };

/** How a count stands. */
export type Standing = { points: number; endsAt: number };

/** By the key of their counter. */
export type Standings = Map<string, Standing>;

/**
 * Raises these counts by one each, in this order, up to the first that is over its most by that; and reads `others`.
 * One statement, which decides every race. Returns how those stand that it raised, and those others that count.
 */
export async function raiseCounts(
  db: Kysely<Tables>,
  raised: readonly Counter[],
  others: readonly Counter[],
  now: number,
): Promise<Standings> {
  if (raised.length === 0) return await readCounts(db, others, now);
  const parts = raised.map((counter, index) => {
    const before = raised[index - 1];
    const source = before &&
      sql`${sql.ref(nameOf(index - 1))} where ${withinPart(nameOf(index - 1), before)}`;
    return sql`${sql.ref(nameOf(index))} as (${countingPart(counter, now, source)})`;
  });
  const results = raised.map((_, index) => sql`select * from ${sql.ref(nameOf(index))}`);
  if (others.length > 0) results.push(reading(others, now));
  const { rows } = await sql<CountRow>`with ${sql.join(parts)} ${sql.join(results, sql` union all `)}`
    .execute(db);
  return standingsOf(rows);
}

function nameOf(index: number): string {
  return `raised_${index}`;
}

/**
 * A count need not have reached the disk when its caller goes on: everybody at one address would wait in line for it.
 * What is lost when Postgres itself dies is the tries of its last half second.
 */
const UNHURRIED = sql`(select set_config('synchronous_commit', 'off', true)) as unhurried`;

/** The part of a statement that raises a count, and gives its row; where `source` gives no row, it does nothing. */
export function countingPart(
  { key, endsAt }: Counter,
  now: number,
  source: RawBuilder<unknown> = UNHURRIED,
): RawBuilder<unknown> {
  return sql`
    insert into rate_limits as known (key, points, expire) select ${key}::text, 1, ${endsAt}::bigint from ${source}
    on conflict (key) do update set
      points = case when known.expire <= ${now}::bigint then 1 else known.points + 1 end,
      expire = case when known.expire <= ${now}::bigint then excluded.expire else known.expire end
    returning key, points, expire`;
}

/** Whether the count in the row `counted` is not over its most. */
export function withinPart(counted: string, { most }: Counter): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(`${counted}.points`)} <= ${most}`;
}

/** A count's row. */
export type CountRow = { key: string; points: number; expire: number };

export function standingOf({ points, expire }: CountRow): Standing {
  return { points, endsAt: Number(expire) };
}

/** With each key by itself: what is asked of an array, Postgres plans anew each time. */
function reading(counters: readonly Counter[], now: number): RawBuilder<CountRow> {
  return sql`select key, points, expire from rate_limits
    where key in (${sql.join(counters.map(({ key }) => key))}) and expire > ${now}::bigint`;
}

/** How those of these stand that count. */
export async function readCounts(
  db: Kysely<Tables>,
  counters: readonly Counter[],
  now: number,
): Promise<Standings> {
  if (counters.length === 0) return new Map();
  return standingsOf((await reading(counters, now).execute(db)).rows);
}

function standingsOf(rows: readonly CountRow[]): Standings {
  return new Map(rows.map((row) => [row.key, standingOf(row)]));
}

/** Takes one from each that counts. */
export async function lowerCounts(
  db: Kysely<Tables>,
  counters: readonly Counter[],
  now: number,
): Promise<void> {
  const keys = counters.map(({ key }) => key);
  await sql`update rate_limits set points = points - 1
    where key = any(${keys}) and points > 0 and expire > ${now}`.execute(db);
}

export async function deleteCounts(db: Kysely<Tables>, counters: readonly Counter[]): Promise<void> {
  await sql`delete from rate_limits where key = any(${counters.map(({ key }) => key)})`.execute(db);
}

/** The part of a statement that deletes a count where `changed` gives a row. */
export function deletingCount(key: string, changed: string): RawBuilder<unknown> {
  return sql`delete from rate_limits using ${sql.ref(changed)} where key = ${key}`;
}

/** Deletes what counts no more. */
export async function pruneCounts(db: Kysely<Tables>, now: number): Promise<void> {
  await db.deleteFrom("rate_limits").where("expire", "<", now).execute();
}
