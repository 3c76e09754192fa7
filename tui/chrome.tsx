import { includesRole } from "./api.ts";
import type { Connection } from "./connection.ts";
import type { ServerGreeting } from "./documents/server.ts";
import { type Binding, type Role, shownKey } from "./keys.ts";
import { KeyLayersContext } from "./key_layers.ts";
import { type Line, Lines, LineView, type Span } from "./lines.tsx";
import { useContext } from "react";
import { useStore } from "./store.ts";
import { type Place, SCREENS, useTerminal } from "./terminal.ts";
import { widthOf } from "./text.ts";

/** What each screen is called; its place in the list is its number. */
export const TITLES: Record<(typeof SCREENS)[number], string> = {
  flows: "Flows",
  tokens: "Tokens",
  users: "Users",
  sessions: "Sessions",
  events: "Events",
  mail: "Mail",
  health: "Health",
};

/** Which server this is, whether it is heard, and where one is. */
export function Header({ width }: { width: number }) {
  const { api, stack } = useTerminal();
  const connection = useStore(api.connection);
  const places = useStore(stack);
  const greeting = useStore(api.greeting);
  const left: Span[] = [
    { text: " Sallyport ", tone: "title" },
    ...(greeting ? environment(greeting.server) : []),
    { text: `${new URL(api.client.url).host} `, tone: "dim" },
  ];
  const right = connectionSpan(connection);
  const used = left.reduce((sum, span) => sum + widthOf(typeof span === "string" ? span : span.text), 0);
  const room = width - used - widthOf(right.text) - 1;
  const first: Line = room < 0 ? [right, ...left] : [...left, " ".repeat(room), right];
  return (
    <>
      <LineView line={first} width={width} />
      <LineView line={tabs(places)} width={width} />
    </>
  );
}

/** Which version it is, and whether what is outside of it is real. */
function environment({ version, emulated }: ServerGreeting["server"]): Span[] {
  return [
    { text: `${version} `, tone: "dim" },
    emulated.length > 0
      ? { text: `EMULATED ${emulated.join(",")} `, tone: "warn" }
      : { text: "real systems ", tone: "dim" },
  ];
}

function connectionSpan({ state }: Connection): Exclude<Span, string> {
  switch (state) {
    case "live":
      return { text: "● live", tone: "good" };
    case "connecting":
      return { text: "○ connecting", tone: "dim" };
    case "reconnecting":
      return { text: "! reconnecting", tone: "warn" };
    case "stale":
      return { text: "✗ stale, reconnecting", tone: "bad" };
    case "refused":
      return { text: "✗ refused", tone: "bad" };
  }
}

function tabs(places: readonly Place[]): Line {
  const [root] = places;
  const trail = places.map(({ screen, about }) =>
    about ? `${about.label} › ${TITLES[screen]}` : TITLES[screen]
  );
  return [
    ...SCREENS.map((screen, index): Span => ({
      text: ` ${index + 1} ${TITLES[screen]} `,
      tone: screen === root?.screen ? "selected" : "plain",
    })),
    ...(places.length > 1 ? [{ text: `  ${trail.join(" › ")}`, tone: "accent" as const }] : []),
  ];
}

/** Which keys do what here: of the uppermost layer, and everywhere. What cannot be done now is dim. */
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
  const lines = filled(terminal.api.readOnly ? [[READ_ONLY], ...hints] : hints, width);
  return <Lines lines={lines} width={width} height={FOOTER_LINES} />;
}

export const FOOTER_LINES = 2;

/** Hints in lines of `width` cells, none broken. */
function filled(hints: readonly Line[], width: number): Line[] {
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

/** `bindings` as this operator may use them: none that changes anything when read-only, and a reason at the others. */
export function allowed(
  bindings: readonly Binding[],
  { readOnly, role }: { readOnly: boolean; role: Role | undefined },
): Binding[] {
  return bindings.filter(({ needs }) => !needs || !readOnly).map((binding) => {
    if (!binding.needs || role && includesRole(role, binding.needs)) return binding;
    const disabled = role
      ? `This needs an operator token with the role ${binding.needs}`
      : "The server has yet to say what this token allows";
    return { ...binding, disabled };
  });
}
