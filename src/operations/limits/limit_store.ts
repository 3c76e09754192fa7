import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Conditional } from "../../platform/db/conditional.ts";
import type { Tables } from "../../platform/db/tables.ts";

/**
 * A counter: the key of its row, its limit (`most`), the end of its period if it starts now (milliseconds since 1970),
 * and the increment (default: 1).
 */
export type Counter = { key: string; most: number; endsAt: number; by?: number };

/** The value of a counter, and the end of its period in milliseconds since 1970. */
export type CounterState = { points: number; endsAt: number };

/** Keyed by `Counter.key`. */
export type CounterStates = Map<string, CounterState>;

/** The counters of one try. */
export type TryCounters = {
  /** Raised by one each. If one is used up, the try is refused. */
  raised: readonly Counter[];
  /** Not raised. If one is used up, the try is refused. */
  checked?: readonly Counter[];
  /** Raised with the others, and never refuses the try. */
  silent?: Counter | undefined;
  /** Returned if it is used up; not raised, and never refuses the try. */
  watched?: Counter | undefined;
};

/**
 * Raises the counters by one each, in order. If one of `raised` or `checked` is used up, it writes nothing.
 *
 * It is one statement, so concurrent tries cannot exceed a limit: a try that finds a counter used up while it runs does
 * not raise the counters after it. Returns the states of the raised counters, or of the used-up ones as if they had
 * been raised.
 */
export async function raiseCounts(
  db: Kysely<Tables>,
  { raised, checked = [], silent, watched }: TryCounters,
  now: number,
): Promise<CounterStates> {
  const written = silent ? [...raised, silent] : raised;
  const refusing = usedUp([...raised, ...checked], now);
  if (written.length === 0) return await readUsedUp(db, checked, now);
  const parts = written.map((counter, index) => {
    const before = raised[index - 1];
    const source = before
      ? sql`${sql.ref(nameOf(index - 1))} where points <= ${before.most}`
      : sql`${ASYNC_COMMIT} where not exists (select from used_up)`;
    return sql`${sql.ref(nameOf(index))} as (${counting(counter, now, source)})`;
  });
  const results = written.map((_, index) => sql`select * from ${sql.ref(nameOf(index))}`);
  if (watched) results.push(sql`(${usedUp([watched], now)})`);
  const { rows } = await sql<CountRow>`with used_up as (${refusing}), ${sql.join(parts)}
    select * from used_up union all ${sql.join(results, sql` union all `)}`.execute(db);
  return statesOf(rows);
}

/**
 * Builds the query for the counters that are used up, as the next try would leave them. Each key is its own parameter,
 * because Postgres plans a query with an array parameter again on each run.
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
 * Turns off `synchronous_commit` for the statement. Otherwise all requests from one address would wait for each other's
 * disk write. If Postgres crashes, the tries of the last half second are lost.
 */
const ASYNC_COMMIT = sql`(select set_config('synchronous_commit', 'off', true)) as async_commit`;

/** Adds to a counter in its own statement, and returns the new state. */
export async function addToCount(
  db: Kysely<Tables>,
  counter: Counter,
  now: number,
): Promise<CounterState | undefined> {
  const { rows } = await sql<CountRow>`${counting(counter, now, ASYNC_COMMIT)}`.execute(db);
  return rows[0] && stateOf(rows[0]);
}

/**
 * Executes a change that returns at most one row, and counts it if there is a row. If the counter is used up, it
 * changes nothing. It is one statement, so it is safe under concurrency. The change is committed asynchronously, like
 * the counter. Returns the row, or `usedUp` if the counter is used up, or neither if there was nothing to change.
 */
export async function countedChange<Row>(
  db: Kysely<Tables>,
  counter: Counter,
  change: Conditional<Row>,
  now: number,
): Promise<{ row?: Row; usedUp?: CounterState }> {
  const allowed = change.where(sql<boolean>`not exists (select from used_up)`);
  const { rows: [found] } = await sql<CountRow & Row>`
    with used_up as (${usedUp([counter], now)}), changed as (${allowed}),
    counted as (${counting(counter, now, sql`${ASYNC_COMMIT}, changed`)})
    select * from (select * from used_up union all select * from counted) as state left join changed on true`
    .execute(db);
  if (!found) return {};
  return found.points > counter.most ? { usedUp: stateOf(found) } : { row: found };
}

/** Builds the upsert that raises a counter and returns its row. It does nothing if `source` has no row. */
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

type CountRow = { key: string; points: number; expire: number };

function stateOf({ points, expire }: CountRow): CounterState {
  return { points, endsAt: Number(expire) };
}

/** Returns the states of the counters that are used up, as the next try would leave them. */
export async function readUsedUp(
  db: Kysely<Tables>,
  counters: readonly Counter[],
  now: number,
): Promise<CounterStates> {
  if (counters.length === 0) return new Map();
  return statesOf((await usedUp(counters, now).execute(db)).rows);
}

function statesOf(rows: readonly CountRow[]): CounterStates {
  return new Map(rows.map((row) => [row.key, stateOf(row)]));
}

/** Lowers each counter by one, and deletes the rows of counters that reach zero. */
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

/** Builds the statement that deletes the counters. */
export function deletingCounts(db: Kysely<Tables>, counters: readonly Counter[]) {
  return db.deleteFrom("rate_limits").where("key", "in", counters.map(({ key }) => key));
}

/** Separates a subject from the device or network in the keys of counters. Their form is `limit:subject.from`. */
export const FROM = ".";

/** Deletes the counters of these subjects, of every limit. Reads the whole table, so it is for operators alone. */
export async function deleteSubjects(db: Kysely<Tables>, subjects: readonly string[]): Promise<void> {
  const subject = sql<string>`split_part(split_part(key, ':', 2), ${FROM}, 1)`;
  await db.deleteFrom("rate_limits").where(sql<boolean>`${subject} = any(${subjects})`).execute();
}

/** Deletes counters whose period has ended. */
export async function pruneCounts(db: Kysely<Tables>, now: number): Promise<void> {
  await db.deleteFrom("rate_limits").where("expire", "<", now).execute();
}
