import type { Connection } from "./connection.ts";
import type { ServerGreeting } from "./documents/server.ts";
import { type Line, LineView, lineWidth, type Span } from "./lines.tsx";
import { useStore } from "./store.ts";
import { type Place, SCREENS, TITLES, useTerminal } from "./terminal.ts";

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
  const room = width - lineWidth(left) - lineWidth([right]) - 1;
  const first: Line = room < 0 ? [right, ...left] : [...left, " ".repeat(room), right];
  return (
    <>
      <LineView line={first} width={width} />
      <LineView line={tabs(places, width)} width={width} />
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
      return { text: "✗ token rejected", tone: "bad" };
  }
}

/** The screens' numbers and titles, closer together in a narrow window. The trail of a stack comes first. */
function tabs(places: readonly Place[], width: number): Line {
  const [root] = places;
  const trail: Line = places.length > 1
    ? [{ text: `  ${places.map(titleOf).join(" › ")}`, tone: "accent" }]
    : [];
  const line = (tab: (number: number, title: string) => string, gap: string): Line => [
    ...SCREENS.flatMap((screen, index): Span[] => [gap, {
      text: tab(index + 1, TITLES[screen]),
      tone: screen === root?.screen ? "selected" : "plain",
    }]),
    ...trail,
  ];
  const lines = [
    line((number, title) => ` ${number} ${title} `, ""),
    line((number, title) => `${number}${title}`, " "),
    line((number) => String(number), " "),
  ];
  return lines.find((each) => lineWidth(each) <= width) ?? trail;
}

function titleOf({ screen, about }: Place): string {
  return about ? `${about.label} › ${TITLES[screen]}` : TITLES[screen];
}
