import { useInput, usePaste } from "ink";
import { useRef } from "react";
import { dispatch, type PressedKey, separateKeys, typedRun } from "./keys.ts";
import type { KeyLayers } from "./key_layers.ts";
import type { Terminal } from "./terminal.ts";
import { plain } from "./text.ts";

/** Of a paste: more than the address of any page. */
const MOST_PASTED = 4_000;

/** More keys than a person types between two reads of the terminal: a paste without brackets. */
const MOST_TYPED = 64;

/** The one place where keys come in: each goes to the uppermost layer that takes it. */
export function useKeyboard(terminal: Terminal, layers: KeyLayers): void {
  const waiting = useRef<PressedKey[]>([]);
  const press = ({ input, name }: PressedKey) => {
    terminal.message.set(undefined);
    const result = dispatch(layers.get(), name, input);
    if (typeof result === "object") terminal.say(result.refused, "warn");
  };
  const paste = (text: string) => layers.get().at(-1)?.type?.(plain(text.slice(0, MOST_PASTED)));
  /** Takes the first waiting key, or all of the text that begins with it. Returns how many keys that were. */
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
    // What one key has changed must be there before the next one comes: a screen, a field.
    setTimeout(() => {
      waiting.current.splice(0, taken);
      next();
    });
  };
  useInput((input, key) => {
    const keys = separateKeys(input, key);
    const [only] = keys;
    const idle = waiting.current.length === 0;
    if (only && keys.length === 1 && idle) return press(only);
    // A paste is text: where none is asked for, it must not be taken for keys.
    if (keys.length > MOST_TYPED && !layers.get().at(-1)?.type) return;
    waiting.current.push(...keys);
    if (idle) next();
  });
  usePaste(paste);
}
