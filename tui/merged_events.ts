import type { AuthEvent } from "./documents/events.ts";
import type { EventFilter } from "./event_filter.ts";
import { matches, meetsServerPart, serverFilter } from "./event_search.ts";

/** The old events from the server, then those in memory, without duplicates. */
export function merged(
  past: readonly AuthEvent[],
  held: readonly AuthEvent[],
  filter: EventFilter,
): readonly AuthEvent[] {
  const known = new Set(past.length > 0 ? held.map(({ id }) => id) : []);
  const older = past.filter((event) => !known.has(event.id) && matches(event, filter));
  const shown = isEverything(filter) ? held : held.filter((event) => matches(event, filter));
  return older.length > 0 ? [...older, ...shown] : shown;
}

function isEverything(filter: EventFilter): boolean {
  return filter.types.length + filter.words.length === 0 && !filter.withoutSteps && !filter.problem &&
    !serverFilter(filter);
}

/** The number of loaded events that meet the server's part of the filter. */
export function countLoaded(
  past: readonly AuthEvent[],
  held: readonly AuthEvent[],
  filter: EventFilter,
): number {
  const meeting = [...past, ...held].filter((event) => meetsServerPart(event, filter));
  return new Set(meeting.map(({ id }) => id)).size;
}

/** The number of events since the pause that match the filter. */
export function heldBack(
  paused: readonly AuthEvent[],
  live: readonly AuthEvent[],
  filter: EventFilter,
): number {
  const last = paused.at(-1)?.id;
  const from = live.findLastIndex(({ id }) => id === last) + 1;
  return live.slice(from).filter((event) => matches(event, filter)).length;
}
