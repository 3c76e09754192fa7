import { useMemo } from "react";
import { activeLimits, type AttackRow, CLEARED_TYPE, REFUSED_TYPES, topRefused } from "./attack.ts";
import { type AuthEvent, PastEvents } from "./documents/events.ts";
import { countOf, reasonOf } from "./event_runs.ts";
import { useStore } from "./store.ts";
import { useTerminal } from "./terminal.ts";
import { type PageArgs, readNewest } from "./use_rows.ts";
import { type Loaded, useLoad } from "./use_server.ts";

/** Refusals within this time are counted. */
const WINDOW_MS = 15 * 60_000;

/** The longest period of a limit. */
const LIMITS_MS = 24 * 60 * 60_000;

/** Maximum numbers of events in one reading: 2,000 in total. */
export const MOST = { refused: 1_500, limited: 400, cleared: 100 };

/** The events are read again after this time: the tail may have dropped some. */
const READ_AGAIN_MS = 60_000;

type Read = { events: readonly AuthEvent[]; refusedAreMore: boolean; limitedAreMore: boolean };

export type Attack = Omit<Loaded<Read>, "value"> & {
  rows: readonly AttackRow[];
  /** Refusals in the last 15 minutes. */
  count: number;
  /** Whether there were more events than are counted. */
  refusedAreMore: boolean;
  limitedAreMore: boolean;
  reload: () => Promise<void>;
};

/** The refusals of the last 15 minutes and the limits that are used up, updated live. */
export function useAttack(now: number): Attack {
  const { api } = useTerminal();
  const live = useStore(api.tail.events);
  const { value, ...loaded } = useLoad(String(Math.floor(now / READ_AGAIN_MS)), () => read(now), []);
  const known = useMemo(() => newestFirst([...value?.events ?? [], ...live.filter(isRelevant)]), [
    value,
    live,
  ]);
  const refused = known.filter(isRefused).filter(({ at }) => Date.parse(at) >= now - WINDOW_MS);
  const counted = refused.slice(0, MOST.refused);
  const limited = known.filter(isLimited);
  const cleared = known.filter(({ type }) => type === CLEARED_TYPE);
  return {
    ...loaded,
    rows: [...topRefused(counted), ...activeLimits(limited.slice(0, MOST.limited), cleared, now)],
    count: counted.reduce((sum, event) => sum + countOf(event), 0),
    refusedAreMore: value?.refusedAreMore === true || refused.length > MOST.refused,
    limitedAreMore: value?.limitedAreMore === true || limited.length > MOST.limited,
  };

  async function read(now: number): Promise<Read> {
    const ask = (wanted: number, ms: number, filter: { types: string[] } | { reason: string }) =>
      readNewest(async (page: PageArgs) => {
        const since = new Date(now - ms).toISOString();
        return (await api.client.request(PastEvents, { ...page, since, ...filter })).events;
      }, wanted);
    const [refused, limited, cleared] = await Promise.all([
      ask(MOST.refused, WINDOW_MS, { types: REFUSED_TYPES }),
      ask(MOST.limited, LIMITS_MS, { reason: "RATE_LIMITED" }),
      ask(MOST.cleared, LIMITS_MS, { types: [CLEARED_TYPE] }),
    ]);
    return {
      events: [...refused.rows, ...limited.rows, ...cleared.rows],
      refusedAreMore: refused.hasOlder,
      limitedAreMore: limited.hasOlder,
    };
  }
}

function newestFirst(events: readonly AuthEvent[]): AuthEvent[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  return [...byId.values()].toSorted((one, other) => one.at < other.at ? 1 : one.at > other.at ? -1 : 0);
}

function isRelevant(event: AuthEvent): boolean {
  return isRefused(event) || isLimited(event) || event.type === CLEARED_TYPE;
}

function isRefused({ type }: AuthEvent): boolean {
  return REFUSED_TYPES.includes(type);
}

function isLimited(event: AuthEvent): boolean {
  return reasonOf(event).startsWith("RATE_LIMITED");
}
