import { useMemo, useRef, useState } from "react";
import { type AuthEvent, PastEvents } from "./documents/events.ts";
import { type EventFilter, pastOf } from "./event_filter.ts";
import { useTerminal } from "./terminal.ts";
import { useLoad, useSettled } from "./use_server.ts";

/** Events that one look into the past brings. */
const PAGE = 200;

/** Typing goes on; the server is asked when it rests. */
const TYPING_MS = 250;

const NONE: readonly AuthEvent[] = [];

/**
 * What the server finds in the past, the oldest first: the newest events of those a filter names, and before
 * `oldest`, or before those, as many more as are asked for.
 */
export function usePastEvents(filter: EventFilter, oldest: AuthEvent | undefined) {
  const terminal = useTerminal();
  const { client } = terminal.api;
  const key = useSettled(JSON.stringify(pastOf(filter) ?? null), TYPING_MS);
  const read = async (before: string | null) =>
    (await client.request(PastEvents, { last: PAGE, before, ...JSON.parse(key) })).events.nodes;
  const { value: newest = NONE, loading } = useLoad(
    key,
    () => key === "null" ? Promise.resolve([]) : read(null),
    [],
  );
  const [further, setFurther] = useState({ key, events: NONE });
  const before = further.key === key ? further.events : NONE;
  const past = useMemo(() => before.length > 0 ? [...before, ...newest] : newest, [before, newest]);
  const reading = useRef(false);
  return {
    past,
    /** Whether the server has yet to say what the filter finds. */
    loading,
    readOlder: () => {
      if (reading.current) return;
      reading.current = true;
      void terminal.runAction(async () => {
        const older = await read((past[0] ?? oldest)?.cursor ?? null);
        setFurther({ key, events: [...older, ...before] });
        return older.length === 0 ? "There is nothing older" : undefined;
      }).finally(() => reading.current = false);
    },
    /** Back to what the filter finds by itself. */
    forget: () => setFurther({ key, events: NONE }),
  };
}
