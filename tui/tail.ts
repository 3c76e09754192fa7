import type { Client } from "../src/client/operator/client.ts";
import type { watchConnection } from "./connection.ts";
import { type AuthEvent, PastEvents, TailEvents } from "./documents/events.ts";
import { keepUp } from "../src/client/live.ts";
import { follow, MOST_PAUSE_MS } from "./follow.ts";
import { Store } from "./store.ts";
import { refusalSentence } from "./refusal.ts";

/** Events that are kept; older ones are the server's to tell. */
export const MOST_HELD = 10_000;

/** Events that are there at the start. */
const HISTORY = 200;

/** Arrivals within this time are drawn together. */
const BATCH_MS = 50;

/** The end of the event log, as it grows. */
export type Tail = {
  /** The newest events, the oldest first; a new array at each change. */
  events: Store<readonly AuthEvent[]>;
  /** Calls `listener` when an event comes whose type begins with one of `types`, at most once in a batch. */
  onEvents(types: readonly string[], listener: () => void): () => void;
};

/**
 * Follows the event log until `signal` aborts: the last events there are, then every further one. After a break it goes
 * on from the last cursor, so nothing is missing and nothing comes twice.
 */
export function tailEvents(
  client: Client,
  connection: ReturnType<typeof watchConnection>,
  signal: AbortSignal,
): Tail {
  const events = new Store<readonly AuthEvent[]>([]);
  const listeners = new Set<{ types: readonly string[]; listener: () => void }>();
  let arrived: AuthEvent[] = [];
  let cursor: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const deliver = () => {
    timer = undefined;
    const batch = arrived;
    arrived = [];
    events.set([...events.get(), ...batch].slice(-MOST_HELD));
    for (const { types, listener } of [...listeners]) {
      if (batch.some(({ type }) => types.some((each) => type.startsWith(each)))) listener();
    }
  };
  const take = (event: AuthEvent) => {
    cursor = event.cursor;
    arrived.push(event);
    timer ??= setTimeout(deliver, BATCH_MS);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));

  void (async () => {
    try {
      await keepUp(
        { open: readHistory, heard: begin, lost: connection.lost, mostPauseMs: MOST_PAUSE_MS },
        signal,
      );
    } catch (error) {
      return connection.refused(refusalSentence(error));
    }
    await follow(client, TailEvents, () => ({ after: cursor }), {
      value: (result) => take(result.events),
      lost: connection.lost,
      refused: (error) => connection.refused(refusalSentence(error)),
    }, { signal, endless: true });
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

  function begin(past: readonly AuthEvent[]): void {
    cursor = past.at(-1)?.cursor ?? null;
    events.set(past);
  }
}
