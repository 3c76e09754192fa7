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
    const source = before ? sql`${part(index - 1)} where points <= ${before.most}` : UNHURRIED;
    return sql`${part(index)} as (${raising(counter, now, source)})`;
  });
  const results = raised.map((_, index) => sql`select * from ${part(index)}`);
  const { rows } = await sql<Row>`
    with ${sql.join(parts)} ${sql.join([...results, reading(others, now)], sql` union all `)}`.execute(db);
  return standingsOf(rows);
}

function part(index: number): RawBuilder<unknown> {
  return sql.ref(`raised_${index}`);
}

/**
 * A count need not have reached the disk when its caller goes on: everybody at one address would wait in line for it.
 * What is lost when Postgres itself dies is the tries of its last half second.
 */
const UNHURRIED = sql`(select set_config('synchronous_commit', 'off', true)) as unhurried`;

/** The part of a statement that raises a count when `source` gives a row. */
function raising({ key, endsAt }: Counter, now: number, source: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into rate_limits as known (key, points, expire) select ${key}::text, 1, ${endsAt}::bigint from ${source}
    on conflict (key) do update set
      points = case when known.expire <= ${now}::bigint then 1 else known.points + 1 end,
      expire = case when known.expire <= ${now}::bigint then excluded.expire else known.expire end
    returning key, points, expire`;
}

type Row = { key: string; points: number; expire: number };

function reading(counters: readonly Counter[], now: number): RawBuilder<Row> {
  const keys = counters.map(({ key }) => key);
  return sql`select key, points, expire from rate_limits where key = any(${keys}) and expire > ${now}::bigint`;
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

function standingsOf(rows: readonly Row[]): Standings {
  return new Map(rows.map(({ key, points, expire }) => [key, { points, endsAt: Number(expire) }]));
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
