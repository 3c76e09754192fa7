import { useEffect, useState } from "react";
import type { AuthEvent } from "./documents/events.ts";
import { refusalSentence } from "./refusal.ts";
import { useStore } from "./store.ts";
import { followLog, MAX_EVENTS } from "./tail.ts";
import { useTerminal } from "./terminal.ts";
import { TYPING_MS } from "./use_past_events.ts";
import { useSettled } from "./use_server.ts";

type About = { subject: string; events: readonly AuthEvent[]; problem?: string };

type LiveEvents = {
  live: readonly AuthEvent[];
  /** Whether the tail has begun. Old events that are read from then on leave no gap. */
  ready: boolean;
  problem?: string | undefined;
};

const NONE: readonly AuthEvent[] = [];

/**
 * The events in memory, oldest first: all of the tail, or those about `subject`, which the server selects. Events about
 * a subject begin with the next one.
 */
export function useLiveEvents(subject: string | undefined): LiveEvents {
  const { api } = useTerminal();
  const tail = useStore(api.tail.events);
  const [about, setAbout] = useState<About>();
  const begun = tail.length > 0;
  const asked = useSettled(subject, TYPING_MS);
  useEffect(() => {
    if (asked === undefined || !begun) return;
    const leaving = new AbortController();
    setAbout({ subject: asked, events: NONE });
    const change = (next: (before: About) => About) =>
      setAbout((before) => before?.subject === asked ? next(before) : before);
    const after = api.tail.events.get().at(-1)?.cursor ?? null;
    void followLog(api.client, { after, subject: asked }, {
      deliver: (batch) =>
        change((before) => ({ ...before, events: [...before.events, ...batch].slice(-MAX_EVENTS) })),
      refused: (error) => change((before) => ({ ...before, problem: refusalSentence(error) })),
    }, leaving.signal);
    return () => leaving.abort();
  }, [api, asked, begun]);
  if (subject === undefined) return { live: tail, ready: true };
  const own = about?.subject === subject ? about : undefined;
  return { live: own?.events ?? NONE, ready: begun, problem: own?.problem };
}
