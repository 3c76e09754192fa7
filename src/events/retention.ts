import type { Kysely } from "kysely";
import type { HasClock } from "../lib/clock.ts";
import type { HasDatabase, Tables } from "../platform/db/tables.ts";
import { valuesOf } from "./event_positions.ts";
import { latestPruned, type PrunedKind, pruneType } from "./prune_store.ts";

/** Types such as `sign_in.refused` and `password.rejected`: callers without an account can cause any number of them. */
const REFUSALS = /(refused|rejected)$/;

function kindOf(type: string): PrunedKind {
  return REFUSALS.test(type) ? "refusals" : "events";
}

/** How long events are kept, in seconds; 0 for ever. */
export type EventLifetimes = Record<PrunedKind, number>;

/** Returns the position of the last deleted event of the kinds of these types, or of all kinds; 0 if there is none. */
export async function prunedUpTo(db: Kysely<Tables>, types?: readonly string[]): Promise<number> {
  return await latestPruned(db, types ? [...new Set(types.map(kindOf))] : ["events", "refusals"]);
}

/** Deletes events that are older than their lifetime, until `stop` aborts. */
export async function pruneEvents(
  { db, now }: HasDatabase & HasClock,
  lifetimes: EventLifetimes,
  stop: AbortSignal,
): Promise<void> {
  for (const type of await valuesOf(db, "type")) {
    const kind = kindOf(type);
    const seconds = lifetimes[kind];
    if (seconds === 0) continue;
    const before = new Date(now().getTime() - seconds * 1000);
    let position: number | undefined = 0;
    while (position !== undefined && !stop.aborted) {
      position = await pruneType(db, { type, kind, before, after: position });
    }
  }
}
