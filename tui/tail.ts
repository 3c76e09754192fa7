import type { Client, RequestRefused } from "../src/client/operator/client.ts";
import type { watchConnection } from "./connection.ts";
import { type AuthEvent, PastEvents, TailEvents } from "./documents/events.ts";
import { keepSubscribed } from "../src/client/live.ts";
import { follow, MAX_PAUSE_MS } from "./follow.ts";
import { Store } from "./store.ts";
import { refusalSentence } from "./refusal.ts";

/** Events kept in memory. The server has the older ones. */
export const MAX_EVENTS = 10_000;

/** Old events that are loaded at the start. */
const HISTORY = 200;

/** Events that arrive within this time are drawn together. */
const BATCH_MS = 50;

/** The newest part of the event log, updated live. */
export type Tail = {
  /** Oldest first; a new array at each change. */
  events: Store<readonly AuthEvent[]>;
  /** Calls `listener` for new events whose type starts with one of `types`, at most once a batch. */
  onEvents(types: readonly string[], listener: () => void): () => void;
};

/**
 * Loads the newest events and follows the log until `signal` aborts. After a break it resumes from the last cursor, so
 * no event is missed or repeated, except old ones that the server has deleted in the meantime.
 */
export function tailEvents(
  client: Client,
  connection: ReturnType<typeof watchConnection>,
  signal: AbortSignal,
): Tail {
  const events = new Store<readonly AuthEvent[]>([]);
  const listeners = new Set<{ types: readonly string[]; listener: () => void }>();
  const deliver = (batch: readonly AuthEvent[]) => {
    events.update((before) => [...before, ...batch].slice(-MAX_EVENTS));
    for (const { types, listener } of [...listeners]) {
      if (batch.some(({ type }) => types.some((prefix) => type.startsWith(prefix)))) listener();
    }
  };

  void (async () => {
    try {
      await keepSubscribed(
        {
          open: readHistory,
          onValue: events.set.bind(events),
          onLost: connection.lost,
          maxPauseMs: MAX_PAUSE_MS,
        },
        signal,
      );
    } catch (error) {
      return connection.refused(refusalSentence(error));
    }
    const { lost, skipped } = connection;
    const refused = (error: RequestRefused) => connection.refused(refusalSentence(error));
    await followLog(client, { after: events.get().at(-1)?.cursor ?? null }, {
      deliver,
      lost,
      skipped,
      refused,
    }, signal);
  })();
  return {
    events,
    onEvents(types, listener) {
      const entry = { types, listener };
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
  };

  async function* readHistory() {
    yield (await client.request(PastEvents, { last: HISTORY })).events.nodes;
  }
}

type LogListener = {
  /** Called with new events, oldest first, at most once in `BATCH_MS`. */
  deliver: (batch: readonly AuthEvent[]) => void;
  refused: (error: RequestRefused) => void;
  lost?: (error: unknown) => void;
  /** The server has deleted events that were not delivered. */
  skipped?: () => void;
};

/**
 * Follows the events after a cursor, of one subject if it is given, until `signal` aborts. After a break it continues
 * from the last event.
 */
export async function followLog(
  client: Client,
  { after, subject }: { after: string | null; subject?: string },
  { deliver, skipped, ...on }: LogListener,
  signal: AbortSignal,
): Promise<void> {
  let cursor = after;
  let arrived: AuthEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer));

  const flush = () => {
    timer = undefined;
    const batch = arrived;
    arrived = [];
    deliver(batch);
  };
  await follow(client, TailEvents, () => ({ after: cursor, ...(subject !== undefined && { subject }) }), {
    value: ({ events: event }) => {
      cursor = event.cursor;
      arrived.push(event);
      timer ??= setTimeout(flush, BATCH_MS);
    },
    recover({ code, cursor: next }) {
      if (code !== "CURSOR_EXPIRED" || next === undefined) return false;
      cursor = next;
      skipped?.();
      return true;
    },
    ...on,
  }, { signal, endless: true });
}
