import type { Stop } from "../sallyport.ts";

/** A value that follows the server: undefined until the first answer, and when `error` says why it is not followed. */
export type Live<Value> = { readonly data: Value | undefined; readonly error: unknown };

/** Before the first answer, and during server rendering. */
export const WAITING: Live<never> = { data: undefined, error: undefined };

/** The latest value of a watch, for any number of readers. */
export type LiveStore<Value> = {
  /** Calls `listener` after each change. */
  subscribe(listener: () => void): Stop;
  read(): Live<Value>;
};

/** Follows something until it is stopped. */
type Watch<Value> = (show: (live: Live<Value>) => void) => Stop;

/**
 * Runs the watch while there are readers. Without readers, it stops a microtask later: React's strict mode and a change
 * of pages replace all readers at once, which must not open a second subscription.
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

/** The two listeners of a client's subscription, such as `onAuthState`. */
export function shownBy<Value>(show: (live: Live<Value>) => void) {
  return [
    (data: Value) => show({ data, error: undefined }),
    (error: unknown) => show({ data: undefined, error }),
  ] as const;
}
