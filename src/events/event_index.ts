import type { AuthEvent } from "./events.ts";

/** A topic of a listener: all events, the events about one user, session, flow or credential, or one type of event. */
export type EventKey = "all" | `${"user" | "session" | "flow" | "credential" | "type"}:${string}`;

/** Called synchronously for each event, so it must not block. */
export type EventListener = (event: AuthEvent) => void;

/** The listeners by key. The cost of delivering an event depends on its matching listeners, not on all listeners. */
export class EventIndex {
  readonly #listeners = new Map<EventKey, Set<EventListener>>();

  /**
   * Adds `listener` under each key and returns the function that removes it. An event that matches several keys is
   * delivered once.
   */
  add(keys: readonly EventKey[], listener: EventListener): () => void {
    for (const key of keys) {
      const set = this.#listeners.get(key) ?? new Set();
      this.#listeners.set(key, set.add(listener));
    }
    return () => {
      for (const key of keys) {
        const set = this.#listeners.get(key);
        set?.delete(listener);
        if (set?.size === 0) this.#listeners.delete(key);
      }
    };
  }

  /** Calls every listener whose keys match `event`. */
  deliver(event: AuthEvent): void {
    const matching = keysOf(event).map((key) => this.#listeners.get(key)).filter((set) => set !== undefined);
    const [only] = matching;
    const listeners = matching.length === 1 && only ? only : new Set(matching.flatMap((set) => [...set]));
    for (const listener of listeners) listener(event);
  }

  get size(): number {
    const all = new Set<EventListener>();
    for (const set of this.#listeners.values()) set.forEach((listener) => all.add(listener));
    return all.size;
  }
}

function keysOf(event: AuthEvent): EventKey[] {
  const keys: EventKey[] = ["all", `type:${event.type}`];
  if (event.userId) keys.push(`user:${event.userId}`);
  if (event.sessionId) keys.push(`session:${event.sessionId}`);
  if (event.flowId) keys.push(`flow:${event.flowId}`);
  if (event.credentialId) keys.push(`credential:${event.credentialId}`);
  return keys;
}
