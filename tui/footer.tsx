import { useContext } from "react";
import { type Binding, shownKey } from "./keys.ts";
import { KeyLayersContext } from "./key_layers.ts";
import { type Line, Lines, lineWidth, type Span } from "./lines.tsx";
import { useStore } from "./store.ts";
import { useTerminal } from "./terminal.ts";

export const FOOTER_LINES = 2;

/** The keys that work now. Disabled ones are dim. A narrow window omits some; the help has them all. */
export function Footer({ width }: { width: number }) {
  const terminal = useTerminal();
  const layers = useContext(KeyLayersContext);
  useStore(layers.changes);
  const shown: Binding[] = [];
  let always = 0;
  for (const layer of layers.get().toReversed()) {
    const visible = layer.bindings.filter(({ quiet }) => !quiet);
    shown.push(...visible);
    always = visible.length;
    if (layer.type) break;
  }
  const first = terminal.api.readOnly ? [[READ_ONLY]] : [];
  const lines = fitting(shown, always, (some) => intoLines([...first, ...some.map(hintOf)], width));
  return <Lines lines={lines} width={width} height={FOOTER_LINES} />;
}

const READ_ONLY: Span = { text: " READ-ONLY ", tone: "warn" };

function hintOf(binding: Binding): Line {
  return [
    { text: ` ${shownKey(binding.keys[0] ?? "")}`, tone: binding.disabled ? "dim" : "accent" },
    { text: ` ${binding.hint} `, tone: binding.disabled ? "dim" : "plain" },
  ];
}

/** The lines of the footer. Omits bindings that do not fit, disabled ones first, but never the last `always` ones. */
function fitting(
  bindings: readonly Binding[],
  always: number,
  lay: (bindings: readonly Binding[]) => Line[],
): Line[] {
  const lines = lay(bindings);
  const optional = bindings.slice(0, bindings.length - always);
  if (lines.length <= FOOTER_LINES || optional.length === 0) return lines;
  const dropped = optional.findLast(({ disabled }) => disabled) ?? optional.at(-1);
  return fitting(bindings.filter((binding) => binding !== dropped), always, lay);
}

/** Hints in lines of at most `width` cells. No hint is split. */
function intoLines(hints: readonly Line[], width: number): Line[] {
  const lines: Span[][] = [[]];
  let used = 0;
  for (const hint of hints) {
    const cells = lineWidth(hint);
    if (used + cells > width) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)?.push(...hint);
    used += cells;
  }
  return lines;
}
