import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Conditional } from "../../platform/db/conditional.ts";
import type { Tables } from "../../platform/db/tables.ts";

/**
 * A count: its row, how many it may reach, when it ends if it begins now, and how many are counted, one when left out.
 * Times are milliseconds since 1970.
 */
export type Counter = { key: string; most: number; endsAt: number; by?: number };

/** How a count stands. */
export type Standing = { points: number; endsAt: number };

/** By the key of their counter. */
export type Standings = Map<string, Standing>;

/** What a try is counted by. */
export type Counted = {
  /** Raised by one each; one that is used up refuses the try. */
  raised: readonly Counter[];
  /** Refuse the try too when they are used up, but are not raised. */
  checked?: readonly Counter[];
  /** Raised with the others, and refuses nothing. */
  silent?: Counter | undefined;
  /** Told of when it is used up, and refuses nothing. */
  watched?: Counter | undefined;
};

/**
 * Raises counts by one each, in this order, unless one of them or of those checked is used up: then nothing is written.
 * One statement, which decides every race: a parallel try that takes the last one of a count leaves those after it as
 * they are. Returns how those stand that it raised, or those that were used up, as if they had been raised.
 */
export async function raiseCounts(
  db: Kysely<Tables>,
  { raised, checked = [], silent, watched }: Counted,
  now: number,
): Promise<Standings> {
  const written = silent ? [...raised, silent] : raised;
  const looked = usedUp([...raised, ...checked], now);
  if (written.length === 0) return await readUsedUp(db, checked, now);
  const parts = written.map((counter, index) => {
    const before = raised[index - 1];
    const source = before
      ? sql`${sql.ref(nameOf(index - 1))} where points <= ${before.most}`
      : sql`${UNHURRIED} where not exists (select from used_up)`;
    return sql`${sql.ref(nameOf(index))} as (${counting(counter, now, source)})`;
  });
  const results = written.map((_, index) => sql`select * from ${sql.ref(nameOf(index))}`);
  if (watched) results.push(sql`(${usedUp([watched], now)})`);
  const { rows } = await sql<CountRow>`with used_up as (${looked}), ${sql.join(parts)}
    select * from used_up union all ${sql.join(results, sql` union all `)}`.execute(db);
  return standingsOf(rows);
}

/**
 * Those of these that are used up, as the next try would leave them. With each key by itself: what is asked of an
 * array, Postgres plans anew each time.
 */
function usedUp(counters: readonly Counter[], now: number): RawBuilder<CountRow> {
  const mosts = counters.map(({ key, most }) => sql`when ${key}::text then ${most}::bigint`);
  return sql`select key, points + 1 as points, expire from rate_limits
    where key in (${sql.join(counters.map(({ key }) => key))}) and expire > ${now}::bigint
      and points >= case key ${sql.join(mosts, sql` `)} end`;
}

function nameOf(index: number): string {
  return `raised_${index}`;
}

/**
 * A count need not have reached the disk when its caller goes on: everybody at one address would wait in line for it.
 * What is lost when Postgres itself dies is the tries of its last half second.
 */
const UNHURRIED = sql`(select set_config('synchronous_commit', 'off', true)) as unhurried`;

/** Adds to a count, in a statement of its own, and returns how it stands. */
export async function addToCount(
  db: Kysely<Tables>,
  counter: Counter,
  now: number,
): Promise<Standing | undefined> {
  const { rows } = await sql<CountRow>`${counting(counter, now, UNHURRIED)}`.execute(db);
  return rows[0] && standingOf(rows[0]);
}

/**
 * Makes a change that returns one row at most, and counts it if there is one; changes nothing when the count is used
 * up. One statement, which decides every race. Like the count, the change need not have reached the disk. Returns the
 * row or, when it is used up, how the count stands; nothing when there was nothing to change.
 */
export async function countedChange<Row>(
  db: Kysely<Tables>,
  counter: Counter,
  change: Conditional<Row>,
  now: number,
): Promise<{ row?: Row; usedUp?: Standing }> {
  const allowed = change.where(sql<boolean>`not exists (select from used_up)`);
  const { rows: [found] } = await sql<CountRow & Row>`
    with used_up as (${usedUp([counter], now)}), changed as (${allowed}),
    counted as (${counting(counter, now, sql`${UNHURRIED}, changed`)})
    select * from (select * from used_up union all select * from counted) as standing left join changed on true`
    .execute(db);
  if (!found) return {};
  return found.points > counter.most ? { usedUp: standingOf(found) } : { row: found };
}

/** Raises a count and gives its row; does nothing where `source` gives no row. */
function counting(
  { key, endsAt, by = 1 }: Counter,
  now: number,
  source: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`
    insert into rate_limits as known (key, points, expire)
      select ${key}::text, ${by}::integer, ${endsAt}::bigint from ${source}
    on conflict (key) do update set
      points = case when known.expire <= ${now}::bigint then excluded.points
        else known.points + excluded.points end,
      expire = case when known.expire <= ${now}::bigint then excluded.expire else known.expire end
    returning key, points, expire`;
}

/** A count's row. */
type CountRow = { key: string; points: number; expire: number };

function standingOf({ points, expire }: CountRow): Standing {
  return { points, endsAt: Number(expire) };
}

/** How those of these stand that are used up. */
export async function readUsedUp(
  db: Kysely<Tables>,
  counters: readonly Counter[],
  now: number,
): Promise<Standings> {
  if (counters.length === 0) return new Map();
  return standingsOf((await usedUp(counters, now).execute(db)).rows);
}

function standingsOf(rows: readonly CountRow[]): Standings {
  return new Map(rows.map((row) => [row.key, standingOf(row)]));
}

/** Takes one from each that counts. A count that comes to nothing leaves no row. */
export async function lowerCounts(
  db: Kysely<Tables>,
  counters: readonly Counter[],
  now: number,
): Promise<void> {
  const keys = counters.map(({ key }) => key);
  await sql`with emptied as (delete from rate_limits where key = any(${keys}) and points <= 1)
    update rate_limits set points = points - 1
      where key = any(${keys}) and points > 1 and expire > ${now}`.execute(db);
}

/** Builds the statement that deletes counts. */
export function deletingCounts(db: Kysely<Tables>, counters: readonly Counter[]) {
  return db.deleteFrom("rate_limits").where("key", "in", counters.map(({ key }) => key));
}

/** Deletes what counts no more. */
export async function pruneCounts(db: Kysely<Tables>, now: number): Promise<void> {
  await db.deleteFrom("rate_limits").where("expire", "<", now).execute();
}
