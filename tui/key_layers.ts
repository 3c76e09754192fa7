import { createContext, useContext, useLayoutEffect } from "react";
import type { Layer } from "./keys.ts";
import { Store } from "./store.ts";

/** From what lies below to what lies above. */
const LEVELS = ["everywhere", "screen", "filter", "overlay", "question"] as const;

export type Level = (typeof LEVELS)[number];

/** Whose the keys are: one layer a level, the uppermost first asked. */
export type KeyLayers = {
  put: (level: Level, layer: Layer) => () => void;
  /** From below to above, as they are now. */
  get: () => Layer[];
  /** Changes when what the footer shows may have. */
  changes: Store<number>;
};

export function createKeyLayers(): KeyLayers {
  const layers = new Map<Level, Layer>();
  const changes = new Store(0);
  let shown = "";
  const tell = () => {
    const now = JSON.stringify([...layers]);
    if (now === shown) return;
    shown = now;
    changes.update((count) => count + 1);
  };
  return {
    put(level, layer) {
      layers.set(level, layer);
      tell();
      return () => {
        if (layers.get(level) !== layer) return;
        layers.delete(level);
        queueMicrotask(tell);
      };
    },
    get: () => LEVELS.flatMap((level) => layers.get(level) ?? []),
    changes,
  };
}

export const KeyLayersContext = createContext<KeyLayers>(createKeyLayers());

/** Takes keys for as long as the component is there; handlers are those of the last drawing. */
export function useKeys(level: Level, layer: Layer | undefined): void {
  const layers = useContext(KeyLayersContext);
  useLayoutEffect(() => layer && layers.put(level, layer));
}
