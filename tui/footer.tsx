import { useContext } from "react";
import { shownKey } from "./keys.ts";
import { KeyLayersContext } from "./key_layers.ts";
import { type Line, Lines, type Span } from "./lines.tsx";
import { useStore } from "./store.ts";
import { useTerminal } from "./terminal.ts";
import { widthOf } from "./text.ts";

/** The keys that work now. Disabled ones are dim. */
export function Footer({ width }: { width: number }) {
  const terminal = useTerminal();
  const layers = useContext(KeyLayersContext);
  useStore(layers.changes);
  const shown = [];
  for (const layer of layers.get().toReversed()) {
    shown.push(...layer.bindings.filter(({ quiet }) => !quiet));
    if (layer.type) break;
  }
  const hints = shown.map((binding): Line => [
    { text: ` ${shownKey(binding.keys[0] ?? "")}`, tone: binding.disabled ? "dim" : "accent" },
    { text: ` ${binding.hint} `, tone: binding.disabled ? "dim" : "plain" },
  ]);
  const lines = intoLines(terminal.api.readOnly ? [[READ_ONLY], ...hints] : hints, width);
  return <Lines lines={lines} width={width} height={FOOTER_LINES} />;
}

export const FOOTER_LINES = 2;

/** Hints in lines of at most `width` cells. No hint is split. */
function intoLines(hints: readonly Line[], width: number): Line[] {
  const lines: Span[][] = [[]];
  let used = 0;
  for (const hint of hints) {
    const cells = hint.reduce((sum, span) => sum + widthOf(typeof span === "string" ? span : span.text), 0);
    if (used + cells > width) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)?.push(...hint);
    used += cells;
  }
  return lines;
}

const READ_ONLY: Span = { text: " READ-ONLY ", tone: "warn" };
