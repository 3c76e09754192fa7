import type { AuthEvent } from "./documents/events.ts";
import { type EventFilter, matches } from "./event_filter.ts";

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

function isEverything(
  { types, words, userId, flowId, credentialId, ip, withoutSteps }: EventFilter,
): boolean {
  return types.length + words.length === 0 && !ip && !withoutSteps && !userId && !flowId && !credentialId;
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
