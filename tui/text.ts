import stringWidth from "string-width";
import { plainText } from "../src/client/operator/plain_text.ts";

/** Longer than any terminal is wide; what comes after is never looked at. */
const MOST_CHARACTERS = 4_000;

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** One cell each: ASCII, and what our own frames are made of. */
const NARROW = /^[\x20-\x7e…│·×→↑↓✓✗●○▀▁▂▃▄▅▆▇█]*$/;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Text made fit for a terminal, and no longer than is looked at. Everything that is shown goes through here. */
export function plain(text: string): string {
  if (text.length <= MOST_CHARACTERS && PRINTABLE_ASCII.test(text)) return text;
  return plainText(text.slice(0, MOST_CHARACTERS));
}

/** The same of each line of a text. */
export function plainLines(text: string): string {
  return text.split("\n").map(plain).join("\n");
}

/** How many cells of the terminal plain text takes. */
export function widthOf(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

/** Plain text in exactly `width` cells: cut, with an ellipsis, or filled up with spaces. */
export function fit(text: string, width: number): string {
  const clean = cut(plain(text), width);
  return clean + " ".repeat(Math.max(0, width - widthOf(clean)));
}

/** Plain text in `width` cells at most. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width <= 0) return "";
  if (NARROW.test(text)) return `${text.slice(0, width - 1)}…`;
  let taken = "";
  let cells = 0;
  for (const { segment } of graphemes.segment(text)) {
    const more = widthOf(segment);
    if (cells + more > width - 1) break;
    taken += segment;
    cells += more;
  }
  return `${taken}…`;
}

/** Plain text in lines of `width` cells at most, broken between words where there are any. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of plain(text).split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (widthOf(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    const pieces = piecesOf(word, width);
    line = pieces.pop() ?? "";
    lines.push(...pieces);
  }
  return [...lines, line];
}

function piecesOf(word: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const { segment } of graphemes.segment(word)) {
    if (widthOf(piece + segment) > width) {
      pieces.push(piece);
      piece = "";
    }
    piece += segment;
  }
  return [...pieces, piece];
}
