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
  let arrived: AuthEvent[] = [];
  let cursor: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const deliver = () => {
    timer = undefined;
    const batch = arrived;
    arrived = [];
    events.set([...events.get(), ...batch].slice(-MAX_EVENTS));
    for (const { types, listener } of [...listeners]) {
      if (batch.some(({ type }) => types.some((prefix) => type.startsWith(prefix)))) listener();
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
      await keepSubscribed(
        { open: readHistory, onValue: begin, onLost: connection.lost, maxPauseMs: MAX_PAUSE_MS },
        signal,
      );
    } catch (error) {
      return connection.refused(refusalSentence(error));
    }
    await follow(client, TailEvents, () => ({ after: cursor }), {
      value: (result) => take(result.events),
      lost: connection.lost,
      recover: goOn,
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

  /** Goes on after events that the server has deleted. */
  function goOn({ code, cursor: next }: RequestRefused): boolean {
    if (code !== "CURSOR_EXPIRED" || next === undefined) return false;
    cursor = next;
    connection.skipped();
    return true;
  }

  async function* readHistory() {
    yield (await client.request(PastEvents, { last: HISTORY })).events.nodes;
  }

  function begin(past: readonly AuthEvent[]): void {
    cursor = past.at(-1)?.cursor ?? null;
    events.set(past);
  }
}
