import { useInput, usePaste } from "ink";
import { useRef } from "react";
import { dispatch, separateKeys } from "./keys.ts";
import type { KeyLayers } from "./key_layers.ts";
import type { Terminal } from "./terminal.ts";
import { plain } from "./text.ts";

/** Of a paste: more than the address of any page. */
const MOST_PASTED = 4_000;

/** The one place where keys come in: each goes to the uppermost layer that takes it. */
export function useKeyboard(terminal: Terminal, layers: KeyLayers): void {
  const waiting = useRef<{ input: string; name: string }[]>([]);
  const press = ({ input, name }: { input: string; name: string }) => {
    terminal.message.set(undefined);
    const result = dispatch(layers.get(), name, input);
    if (typeof result === "object") terminal.say(result.refused, "warn");
  };
  const next = () => {
    const key = waiting.current[0];
    if (!key) return;
    press(key);
    // What one key has changed must be there before the next one comes: a screen, a field.
    setTimeout(() => {
      waiting.current.shift();
      next();
    });
  };
  useInput((input, key) => {
    const keys = separateKeys(input, key);
    const [only] = keys;
    if (only && keys.length === 1 && waiting.current.length === 0) return press(only);
    const idle = waiting.current.length === 0;
    waiting.current.push(...keys);
    if (idle) next();
  });
  usePaste((text) => {
    const typed = plain(text.slice(0, MOST_PASTED));
    // A paste is text: where none is asked for, it must not be taken for keys.
    layers.get().at(-1)?.type?.(typed);
  });
}
