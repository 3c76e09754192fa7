import { Box, Text } from "ink";
import { createContext, useContext } from "react";
import { cut, plain, widthOf, wrap } from "./text.ts";
import { type Theme, themeFor, type Tone } from "./theme.ts";

export type Span = string | { text: string; tone: Tone };

/** One line of the terminal. Text that does not fit is cut. */
export type Line = readonly Span[];

export const ThemeContext = createContext<Theme>(themeFor("auto"));

/** A line in exactly `width` cells. All text goes through `plain`. */
export function LineView({ line, width, tone }: { line: Line; width: number; tone?: Tone | undefined }) {
  const theme = useContext(ThemeContext);
  return (
    <Text wrap="truncate">
      {piecesOf(line, width, tone).map(({ text, tone }, index) => (
        <Text key={index} {...theme[tone]}>{text}</Text>
      ))}
    </Text>
  );
}

/** A line cut and padded to `width`. Neighbours of one tone are joined, because each piece costs time to draw. */
function piecesOf(line: Line, width: number, tone: Tone | undefined): { text: string; tone: Tone }[] {
  const pieces: { text: string; tone: Tone }[] = [];
  let left = Math.max(0, width);
  const add = (text: string, own: Tone) => {
    const last = pieces.at(-1);
    if (last?.tone === own) last.text += text;
    else if (text !== "") pieces.push({ text, tone: own });
  };
  for (const span of line) {
    const { text, tone: own } = typeof span === "string" ? { text: span, tone: "plain" as const } : span;
    const shown = cut(plain(text), left);
    left -= widthOf(shown);
    add(shown, tone ?? own);
  }
  add(" ".repeat(left), tone ?? "plain");
  return pieces;
}

/** Exactly `height` lines: cut, or padded with empty ones. */
export function Lines({ lines, width, height }: { lines: readonly Line[]; width: number; height: number }) {
  const shown = Array.from({ length: Math.max(0, height) }, (_, index) => lines[index] ?? []);
  return (
    <Box flexDirection="column" width={width} height={height} flexShrink={0}>
      {shown.map((line, index) => <LineView key={index} line={line} width={width} />)}
    </Box>
  );
}

/** A line with a label and a value; no line if there is no value. */
export function field(label: string, value: string | null | undefined, tone: Tone = "plain"): Line[] {
  return value ? [[{ text: `${label.padEnd(LABEL_CELLS)} `, tone: "dim" }, { text: value, tone }]] : [];
}

const LABEL_CELLS = 12;

/** Wraps lines at `width`. The rest of a long line is indented. */
export function wrapped(lines: readonly Line[], width: number): Line[] {
  return lines.flatMap((line) => {
    const last = line.at(-1);
    if (last === undefined) return [line];
    const before = line.slice(0, -1);
    const used = lineWidth(before);
    const room = Math.max(10, width - used);
    const [first = "", ...more] = wrap(textOf(last), room);
    const tone = typeof last === "string" ? "plain" : last.tone;
    const indent = " ".repeat(width - used >= 10 ? used : 2);
    return [[...before, { text: first, tone }], ...more.map((text) => [indent, { text, tone }])];
  });
}

/** The width of a line in cells, before it is cut. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, span) => sum + widthOf(plain(textOf(span))), 0);
}

function textOf(span: Span): string {
  return typeof span === "string" ? span : span.text;
}
