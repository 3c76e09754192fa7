import { useEffect } from "react";
import { type Binding, type Layer, shownKey } from "./keys.ts";
import { useKeys } from "./key_layers.ts";
import { type Line, Lines, wrapped } from "./lines.tsx";
import { Store, useStore } from "./store.ts";
import { useNow } from "./use_server.ts";
import { type Overlay, useTerminal } from "./terminal.ts";

/** Every key that works now, layer by layer. */
export function helpLines(layers: readonly Layer[]): Line[] {
  return layers.toReversed().flatMap(({ title, bindings }) => [
    [{ text: title, tone: "title" }],
    ...bindings.map(helpLine),
    [],
  ]);
}

function helpLine({ keys, hint, disabled, needs, danger }: Binding): Line {
  const notes = [danger ? "asks first" : "", needs ? `role ${needs}` : "", disabled ?? ""].filter(Boolean);
  return [
    { text: `  ${keys.map(shownKey).join(" ").padEnd(15)} `, tone: "accent" },
    { text: `${hint.padEnd(26)} `, tone: disabled ? "dim" : "plain" },
    { text: notes.join(" · "), tone: "dim" },
  ];
}

const scrolled = new Store(0);

/** Shows an overlay instead of the screen until it is closed. */
export function OverlayView({ overlay, width, height }: { overlay: Overlay; width: number; height: number }) {
  const { overlay: store } = useTerminal();
  const lines = wrapped(overlay.lines, width - 4);
  const most = Math.max(0, lines.length - (height - 2));
  const first = Math.min(useStore(scrolled), most);
  const scroll = (by: number) =>
    scrolled.set(Math.max(0, Math.min(most, Math.min(scrolled.get(), most) + by)));
  const close = () => {
    scrolled.set(0);
    store.set(undefined);
  };
  const now = useNow();
  const left = overlay.closesAt === undefined ? undefined : Math.ceil((overlay.closesAt - now) / 1000);
  useEffect(() => {
    if (left !== undefined && left <= 0) close();
  });
  useKeys("overlay", {
    title: overlay.title,
    bindings: [
      ...overlay.bindings,
      { keys: ["esc", "q", "?"], hint: "close", run: close },
      { keys: ["down", "j"], hint: "down", quiet: true, run: () => scroll(1) },
      { keys: ["up", "k"], hint: "up", quiet: true, run: () => scroll(-1) },
      { keys: ["pagedown"], hint: "page down", quiet: true, run: () => scroll(height - 2) },
      { keys: ["pageup"], hint: "page up", quiet: true, run: () => scroll(2 - height) },
    ],
    type: () => {},
  });
  const shown = [
    [
      { text: overlay.title, tone: "title" as const },
      { text: left === undefined ? "" : `  closes in ${left} s`, tone: "dim" as const },
    ],
    [],
    ...lines.slice(first, first + height - 2),
  ];
  return <Lines lines={shown.map((line) => ["  ", ...line])} width={width} height={height} />;
}
