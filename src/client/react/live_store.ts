import type { Stop } from "../sallyport.ts";

/** A live value of the server. `data` is undefined until the first answer, and after an error. */
export type Live<Value> = { readonly data: Value | undefined; readonly error: unknown };

/** Before the first answer, and during server rendering. */
export const WAITING: Live<never> = { data: undefined, error: undefined };

/** The latest value of a watch, shared by any number of readers. */
export type LiveStore<Value> = {
  /** Calls `listener` after each change. */
  subscribe(listener: () => void): Stop;
  read(): Live<Value>;
};

/** Starts to follow a value: calls `show` with each one. Returns a function that stops it. */
type Watch<Value> = (show: (live: Live<Value>) => void) => Stop;

/**
 * Runs the watch while there are readers. It stops a microtask after the last reader has left: React's strict mode and a
 * change of pages replace all readers at once, and must not open a second subscription.
 */
export function liveStore<Value>(watch: Watch<Value>): LiveStore<Value> {
  const listeners = new Set<() => void>();
  let live: Live<Value> = WAITING;
  let stop: Stop | undefined;
  const show = (next: Live<Value>) => {
    live = next;
    for (const listener of [...listeners]) listener();
  };
  const stopWithoutReaders = () => {
    if (listeners.size > 0) return;
    stop?.();
    stop = undefined;
    live = WAITING;
  };
  return {
    read: () => live,
    subscribe: (listener) => {
      listeners.add(listener);
      stop ??= watch(show);
      return () => {
        listeners.delete(listener);
        queueMicrotask(stopWithoutReaders);
      };
    },
  };
}

/** Returns the two listeners that `onAuthState` and the client's other subscriptions take. */
export function shownBy<Value>(show: (live: Live<Value>) => void) {
  return [
    (data: Value) => show({ data, error: undefined }),
    (error: unknown) => show({ data: undefined, error }),
  ] as const;
}
