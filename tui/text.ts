import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";
import { plainText } from "../src/client/operator/plain_text.ts";

/** Wider than any terminal. Text after this is dropped. */
const MAX_CHARACTERS = 4_000;

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Characters of one cell: ASCII and our own signs. */
const NARROW = /^[\x20-\x7e…│·×→↑↓✓✗●○▀▁▂▃▄▅▆▇█]*$/;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Removes control characters from text and limits its length. All text on the screen goes through this. */
export function plain(text: string): string {
  if (text.length <= MAX_CHARACTERS && PRINTABLE_ASCII.test(text)) return text;
  return plainText(text.slice(0, MAX_CHARACTERS));
}

/** `plain` for each line of a text. */
export function plainLines(text: string): string {
  return text.split("\n").map(plain).join("\n");
}

/** The width of plain text in terminal cells. */
export function widthOf(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

/** Text in exactly `width` cells: cut with an ellipsis, or padded with spaces. */
export function fit(text: string, width: number): string {
  const clean = cut(plain(text), width);
  return clean + " ".repeat(Math.max(0, width - widthOf(clean)));
}

/** Plain text in at most `width` cells, cut with an ellipsis. */
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

/** Text in lines of at most `width` cells. Breaks between words, or inside a word that is too long. In NFC. */
export function wrap(text: string, width: number): string[] {
  return wrapAnsi(plain(text), width, { hard: true }).split("\n");
}
