import { createContext, useContext, useLayoutEffect } from "react";
import type { Layer } from "./keys.ts";
import { Store } from "./store.ts";

/** Lowest first. */
const LEVELS = ["everywhere", "screen", "filter", "overlay", "question"] as const;

export type Level = (typeof LEVELS)[number];

/** The stack of key layers, at most one for each level. */
export type KeyLayers = {
  /** Adds a layer. Returns a function that removes it. */
  put: (level: Level, layer: Layer) => () => void;
  /** The present layers, lowest first. */
  get: () => Layer[];
  /** Counts changes, so that the footer knows when to draw. */
  changes: Store<number>;
};

export function createKeyLayers(): KeyLayers {
  const layers = new Map<Level, Layer>();
  const changes = new Store(0);
  let shown = "";
  const notify = () => {
    const now = JSON.stringify([...layers]);
    if (now === shown) return;
    shown = now;
    changes.update((count) => count + 1);
  };
  return {
    put(level, layer) {
      layers.set(level, layer);
      notify();
      return () => {
        if (layers.get(level) !== layer) return;
        layers.delete(level);
        queueMicrotask(notify);
      };
    },
    get: () => LEVELS.flatMap((level) => layers.get(level) ?? []),
    changes,
  };
}

export const KeyLayersContext = createContext<KeyLayers>(createKeyLayers());

/** Adds a key layer while the component is mounted. Each render replaces its handlers. */
export function useKeys(level: Level, layer: Layer | undefined): void {
  const layers = useContext(KeyLayersContext);
  useLayoutEffect(() => layer && layers.put(level, layer));
}
