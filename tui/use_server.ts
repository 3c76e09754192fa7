import { useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import type { Document } from "../src/client/operator/graphql.ts";
import { follow } from "./follow.ts";
import { refusalSentence } from "./refusal.ts";
import { Store, useStore } from "./store.ts";
import { useTerminal } from "./terminal.ts";

/** The last value from the server, and the error message if the last request failed. */
export type Loaded<T> = { value: T | undefined; problem: string | undefined; loading: boolean };

/** Events come in bursts. One reload covers all events within this time. */
const HINT_MS = 150;

/**
 * Loads data when the screen opens and when `key` changes, and reloads it after events whose type starts with one of
 * `hints`, and after a reconnect. Answers to outdated requests are dropped. `reload` loads at once; its promise is
 * fulfilled when the answer is there.
 */
export function useLoad<T>(
  key: string,
  load: () => Promise<T>,
  hints: readonly string[],
): Loaded<T> & { reload: () => Promise<void> } {
  const { api } = useTerminal();
  const store = useMemo(
    () => new Store<Loaded<T>>({ value: undefined, problem: undefined, loading: true }),
    [],
  );
  const [asked, setAsked] = useState(0);
  const reloads = useRef<(() => void)[]>([]);
  const read = useEffectEvent(load);
  useEffect(() => {
    let current = true;
    store.update((before) => ({ ...before, loading: true }));
    const finish = (change: (before: Loaded<T>) => Loaded<T>) => {
      if (!current) return;
      store.update(change);
      for (const done of reloads.current.splice(0)) done();
    };
    read().then(
      (value) => finish(() => ({ value, problem: undefined, loading: false })),
      (error) => finish(({ value }) => ({ value, problem: refusalSentence(error), loading: false })),
    );
    return () => void (current = false);
  }, [key, asked, store]);
  const hinted = hints.join(" ");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = () => setAsked((count) => count + 1);
    const stop = api.tail.onEvents(hinted.split(" ").filter(Boolean), () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        ask();
      }, HINT_MS);
    });
    // Events may have been missed while the connection was down.
    let state = api.connection.get().state;
    const watch = api.connection.subscribe(() => {
      const before = state;
      state = api.connection.get().state;
      if (state === "live" && before !== "live" && before !== "connecting") ask();
    });
    return () => {
      clearTimeout(timer);
      stop();
      watch();
    };
  }, [api, hinted]);
  const reload = () =>
    new Promise<void>((resolve) => {
      reloads.current.push(resolve);
      setAsked((count) => count + 1);
    });
  return { ...useStore(store), reload };
}

/** The latest value of a subscription. Nothing is subscribed while `variables` is undefined. */
export function useLive<Result, Variables>(
  document: Document<Result, Variables>,
  variables: Variables | undefined,
): Loaded<Result> {
  const { api } = useTerminal();
  const store = useMemo(
    () => new Store<Loaded<Result>>({ value: undefined, problem: undefined, loading: true }),
    [],
  );
  const key = JSON.stringify(variables);
  useEffect(() => {
    store.set({ value: undefined, problem: undefined, loading: true });
    if (key === undefined) return;
    const leaving = new AbortController();
    void follow(api.client, document, () => JSON.parse(key) as Variables, {
      value: (value) => store.set({ value, problem: undefined, loading: false }),
      refused: (error) => store.set({ ...store.get(), problem: refusalSentence(error), loading: false }),
    }, { signal: leaving.signal });
    return () => leaving.abort();
  }, [api, document, key, store]);
  return useStore(store);
}

/** The present time; renders the component again every second. */
export function useNow(): number {
  const { api } = useTerminal();
  const [now, setNow] = useState(api.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(api.now()), 1_000);
    return () => clearInterval(timer);
  }, [api]);
  return now;
}

/** The server is asked when the operator has stopped typing for this long. */
export const TYPING_MS = 150;

/** The last value that stayed the same for `ms`, so that a request is not sent for every typed key. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
