import { useMemo, useRef, useState } from "react";
import { type AuthEvent, PastEvents } from "./documents/events.ts";
import type { EventFilter } from "./event_filter.ts";
import { filtersLoaded, serverFilter } from "./event_search.ts";
import { useTerminal } from "./terminal.ts";
import { useLoad, useSettled } from "./use_server.ts";

/** Events in one request. */
const PAGE = 200;

/** The server is asked when the operator has stopped typing for this long. */
export const TYPING_MS = 250;

const NONE: readonly AuthEvent[] = [];

/** `key`: the arguments that were answered. */
type Answer = {
  key: string;
  events: readonly AuthEvent[];
  hasOlder: boolean;
  totalCount?: number | null | undefined;
};

/**
 * Old events from the server, oldest first: the newest ones that meet the server's part of the filter. `readOlder` adds
 * the page before them, or before `oldest` when nothing was read. Nothing is read before `ready`.
 */
export function usePastEvents(filter: EventFilter, oldest: AuthEvent | undefined, ready: boolean) {
  const terminal = useTerminal();
  const { client } = terminal.api;
  const wanted = useMemo(() => JSON.stringify(ready && argsOf(filter) || null), [filter, ready]);
  const key = useSettled(wanted, TYPING_MS);
  const read = async (before: string | null): Promise<Answer> => {
    const { nodes, pageInfo, totalCount } =
      (await client.request(PastEvents, { last: PAGE, before, ...JSON.parse(key) })).events;
    return { key, events: nodes, hasOlder: pageInfo.hasPreviousPage, totalCount };
  };
  const { value: answer, loading, problem } = useLoad(
    key,
    () => key === "null" ? Promise.resolve(undefined) : read(null),
    [],
  );
  // The events of an earlier answer can be compared with the filter, except with its subject.
  const newest = filter.subject === undefined || answer?.key === wanted ? answer : undefined;
  const [further, setFurther] = useState<Answer>();
  const before = further?.key === wanted ? further : undefined;
  const past = useMemo(() => [...before?.events ?? NONE, ...newest?.events ?? NONE], [before, newest]);
  const reading = useRef(false);
  return {
    past,
    /** Whether the server has not answered yet. */
    loading: loading || key !== wanted,
    problem,
    /** Whether the server has older events that meet its part of the filter. */
    hasOlder: (before ?? newest)?.hasOlder ?? false,
    /** The number of all these events; null above 10,000, undefined if it was not asked for. */
    totalCount: newest?.key === wanted ? newest.totalCount : undefined,
    readOlder: () => {
      if (reading.current) return;
      reading.current = true;
      void terminal.runAction(async () => {
        const older = await read((past[0] ?? oldest)?.cursor ?? null);
        setFurther({ ...older, events: [...older.events, ...before?.events ?? NONE] });
        return older.events.length === 0 ? "No older events" : undefined;
      }).finally(() => reading.current = false);
    },
    /** Drops the pages that `readOlder` added. */
    forget: () => setFurther(undefined),
  };
}

export type PastEventsRead = ReturnType<typeof usePastEvents>;

/** The arguments of the request; undefined if none is necessary. */
function argsOf(filter: EventFilter) {
  const counts = filtersLoaded(filter);
  const selected = serverFilter(filter);
  return filter.problem || !selected && !counts ? undefined : { ...selected, counts };
}
