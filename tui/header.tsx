import type { Connection } from "./connection.ts";
import type { ServerGreeting } from "./documents/server.ts";
import { type Line, LineView, type Span } from "./lines.tsx";
import { useStore } from "./store.ts";
import { type Place, SCREENS, TITLES, useTerminal } from "./terminal.ts";
import { widthOf } from "./text.ts";

/** The server, the state of the connection, and the screen stack. */
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

export const HEADER_LINES = 2;

/** The server's version, and which external systems are emulated. */
function environment({ version, emulated }: ServerGreeting["server"]): Span[] {
  return [
    { text: `${version} `, tone: "dim" },
    emulated.length > 0
      ? { text: `EMULATED ${emulated.join(",")} `, tone: "warn" }
      : { text: "real systems ", tone: "dim" },
  ];
}

function connectionSpan({ state, skipped }: Connection): Exclude<Span, string> {
  switch (state) {
    case "live":
      if (skipped) return { text: "● live, old events deleted", tone: "warn" };
      return { text: "● live", tone: "good" };
    case "connecting":
      return { text: "○ connecting", tone: "dim" };
    case "reconnecting":
      return { text: "! reconnecting", tone: "warn" };
    case "stale":
      return { text: "✗ stale, reconnecting", tone: "bad" };
    case "refused":
      return { text: "✗ token rejected", tone: "bad" };
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
