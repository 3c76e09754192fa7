import { useInput, usePaste } from "ink";
import { useEffect, useRef } from "react";
import { dispatch, dispatchClick, type PressedKey, separateKeys, shownKey, typedRun } from "./keys.ts";
import type { KeyLayers } from "./key_layers.ts";
import { useMouse } from "./mouse.ts";
import { useStore } from "./store.ts";
import type { Terminal } from "./terminal.ts";
import { plain } from "./text.ts";

/** Longer than any URL. */
const MAX_PASTED_CHARACTERS = 4_000;

/** More keys than this in one read are a paste without brackets: a person cannot type that fast. */
const MAX_TYPED_KEYS = 64;

/** Reads all keys and gives each one to the topmost layer that takes it. A step of the mouse wheel is an arrow key. */
export function useKeyboard(terminal: Terminal, layers: KeyLayers): void {
  const waiting = useRef<PressedKey[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const press = ({ input, name }: PressedKey) => {
    terminal.message.set(undefined);
    const result = dispatch(layers.get(), name, input);
    if (typeof result === "object") terminal.say(result.refused, "warn");
    if (result === "unknown" && name) {
      terminal.say(`${shownKey(name)} does nothing here. ? shows every key`, "dim");
    }
  };
  const paste = (text: string) => layers.get().at(-1)?.type?.(plain(text.slice(0, MAX_PASTED_CHARACTERS)));
  /** Handles the first waiting key, or the whole text that starts with it. Returns the number of keys handled. */
  const take = (first: PressedKey): number => {
    const run = typedRun(layers.get().at(-1), waiting.current);
    if (run < 2) press(first);
    else paste(waiting.current.slice(0, run).map(({ input }) => input).join(""));
    return Math.max(1, run);
  };
  const next = () => {
    const [first] = waiting.current;
    if (!first) return;
    const taken = take(first);
    // React must apply the effect of one key before the next one: it may open another screen or field.
    timer.current = setTimeout(() => {
      waiting.current.splice(0, taken);
      next();
    });
  };
  const takeAll = (keys: readonly PressedKey[]) => {
    const [only] = keys;
    const idle = waiting.current.length === 0;
    if (only && keys.length === 1 && idle) return press(only);
    // A paste is text. Without a text field, its characters must not trigger keys.
    if (keys.length > MAX_TYPED_KEYS && !layers.get().at(-1)?.type) return;
    waiting.current.push(...keys);
    if (idle) next();
  };
  useInput((input, key) => takeAll(separateKeys(input, key)));
  usePaste(paste);
  useMouse(useStore(terminal.mouse), (mouse) => {
    if ("click" in mouse) dispatchClick(layers.get(), mouse.click);
    else takeAll([{ input: "", name: mouse.wheel }]);
  });
}
