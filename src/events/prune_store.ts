import { type Kysely, sql } from "kysely";
import { againOnConflict } from "../platform/db/retry.ts";
import type { PrunedEventsRow, Tables } from "../platform/db/tables.ts";
import { ALL_POSITIONS, withinTime } from "./event_positions.ts";

/** Refusals and other events have separate lifetimes. */
export type PrunedKind = PrunedEventsRow["kind"];

/** Rows deleted per statement: few, so that no statement holds locks or the embedded database for long. */
const BATCH = 1_000;

type Old = { type: string; kind: PrunedKind; before: Date; after: number };

/**
 * Deletes a batch of events of a type that are older than `before`, from the position `after` on, and records the
 * position of the last one. Returns that position, or undefined if there was none.
 */
export async function pruneType(
  db: Kysely<Tables>,
  { type, kind, before, after }: Old,
): Promise<number | undefined> {
  const range = await withinTime(db, { ...ALL_POSITIONS, after }, { until: before });
  const { rows } = await againOnConflict(() =>
    sql<{ position: string }>`
      with old as (
        select position from events
        where (type, position) > (${type}, ${range.after}::bigint)
          and (type, position) < (${type}, ${range.before}::bigint) and at + interval '0 s' < ${before}
        order by type, position limit ${BATCH}
      ), deleted as (
        delete from events where position in (select position from old) returning position
      )
      insert into pruned_events (kind, position)
      select ${kind}, max(position) from deleted having count(*) > 0
      on conflict (kind) do update set position = greatest(pruned_events.position, excluded.position)
      returning (select max(position) from deleted) as position`.execute(db)
  );
  const last = rows[0]?.position;
  return last === undefined ? undefined : Number(last);
}

/** Returns the position of the last deleted event of these kinds; 0 if none was deleted. */
export async function latestPruned(db: Kysely<Tables>, kinds: readonly PrunedKind[]): Promise<number> {
  const row = await db.selectFrom("pruned_events").select((eb) => eb.fn.max("position").as("position"))
    .where(sql<boolean>`kind = any(${kinds})`).executeTakeFirst();
  return Number(row?.position ?? 0);
}
