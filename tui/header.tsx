import { failing } from "./checks.ts";
import type { Connection } from "./connection.ts";
import type { Check, ServerGreeting } from "./documents/server.ts";
import { type Line, LineView, lineWidth, type Span } from "./lines.tsx";
import { useStore } from "./store.ts";
import type { Place } from "./places.ts";
import { SCREENS, TITLES, useTerminal } from "./terminal.ts";

/** The server, the failed checks, the state of the connection, and the screen stack. */
export function Header({ width }: { width: number }) {
  const { api, stack } = useTerminal();
  const connection = useStore(api.connection);
  const checks = useStore(api.checks);
  const places = useStore(stack);
  const greeting = useStore(api.greeting);
  const left: Span[] = [
    { text: " Sallyport ", tone: "title" },
    ...(greeting ? environment(greeting.server) : []),
    { text: `${new URL(api.client.url).host} `, tone: "dim" },
  ];
  const state = connectionSpan(connection);
  const alarms = alarmsOf(failing(checks)).map((text): Line => [{ text, tone: "bad" }, state]);
  const fits = (right: Line) => lineWidth(left) + lineWidth(right) < width;
  const right = alarms.find(fits) ?? alarms.at(-1) ?? [state];
  const room = width - lineWidth(left) - lineWidth(right) - 1;
  const first: Line = room < 0 ? [...right, ...left] : [...left, " ".repeat(room), ...right];
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

/** The failed checks, in texts of decreasing length. */
function alarmsOf(failed: readonly Check[]): string[] {
  const [first, ...others] = failed;
  if (!first) return [];
  return [
    `✗ ${failed.map(({ name }) => name).join(", ")}  `,
    `✗ ${first.name}${others.length > 0 ? ` +${others.length}` : ""}  `,
    `✗ ${failed.length}  `,
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
