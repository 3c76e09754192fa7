import type { AuthEvent } from "./events.ts";

/** What a subscriber can listen to: everything, or what concerns one thing or one type of event. */
export type EventKey = "all" | `${"user" | "session" | "flow" | "credential" | "type"}:${string}`;

/** Takes one event, at once and without waiting: the tail hands it on in the same turn. */
export type EventListener = (event: AuthEvent) => void;

/** Who listens to what. Handing on an event costs by the listeners it concerns, not by all there are. */
export class EventIndex {
  readonly #listeners = new Map<EventKey, Set<EventListener>>();

  /**
   * Adds `listener` under each key and returns how to remove it. Under several matching keys it hears an event once.
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

  /** Hands `event` to every listener it concerns. */
  deliver(event: AuthEvent): void {
    const concerned = keysOf(event).map((key) => this.#listeners.get(key)).filter((set) => set !== undefined);
    const [only] = concerned;
    const listeners = concerned.length === 1 && only ? only : new Set(concerned.flatMap((set) => [...set]));
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
