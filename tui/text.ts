import stringWidth from "string-width";

/** Longer than any terminal is wide; what comes after is never looked at. */
const MOST_CHARACTERS = 4_000;

/** What is not to be seen: controls, formats and marks that reorder text, separators, halves of characters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** More marks than a letter of any language has, piled up to reach other lines. */
const PILED_MARKS = /(\p{M}{3})\p{M}+/gu;

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** One cell each: ASCII, and what our own frames are made of. */
const NARROW = /^[\x20-\x7e…│·×→↑↓✓✗●○▀▁▂▃▄▅▆▇█]*$/;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Text made fit for a terminal: one line that moves no cursor, sets no title and turns no direction. Blanks of any
 * kind become spaces; an escape is shown as ␛, so that one sees that somebody tried. Everything that is shown or
 * printed goes through here.
 */
export function plain(text: string): string {
  if (text.length <= MOST_CHARACTERS && PRINTABLE_ASCII.test(text)) return text;
  return text.slice(0, MOST_CHARACTERS).replace(UNSEEN, standIn).replace(PILED_MARKS, "$1");
}

/** The same of each line of a text. */
export function plainLines(text: string): string {
  return text.split("\n").map(plain).join("\n");
}

/** A value as JSON that is fit for a terminal too: what is not to be seen is escaped in it. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSEEN, escaped);
}

function escaped(character: string): string {
  return character.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}

function standIn(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x09 && code <= 0x0d || code === 0x85 || code === 0x2028 || code === 0x2029) return " ";
  // The control pictures stand in the order of the controls.
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code <= 0x9f ? "␦" : "";
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
