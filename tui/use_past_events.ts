import { useMemo, useRef, useState } from "react";
import { type AuthEvent, PastEvents } from "./documents/events.ts";
import { type EventFilter, serverFilter } from "./event_filter.ts";
import { useTerminal } from "./terminal.ts";
import { useLoad, useSettled } from "./use_server.ts";

/** Events in one request. */
const PAGE = 200;

/** The server is asked when the operator has stopped typing for this long. */
const TYPING_MS = 250;

const NONE: readonly AuthEvent[] = [];

/**
 * Old events from the server, oldest first: the newest ones that match the filter. `readOlder` adds the page before
 * them, or before `oldest` when the server cannot apply the filter.
 */
export function usePastEvents(filter: EventFilter, oldest: AuthEvent | undefined) {
  const terminal = useTerminal();
  const { client } = terminal.api;
  const key = useSettled(JSON.stringify(serverFilter(filter) ?? null), TYPING_MS);
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
    /** Whether the server has not answered yet. */
    loading,
    readOlder: () => {
      if (reading.current) return;
      reading.current = true;
      void terminal.runAction(async () => {
        const older = await read((past[0] ?? oldest)?.cursor ?? null);
        setFurther({ key, events: [...older, ...before] });
        return older.length === 0 ? "No older events" : undefined;
      }).finally(() => reading.current = false);
    },
    /** Drops the pages that `readOlder` added. */
    forget: () => setFurther({ key, events: NONE }),
  };
}
