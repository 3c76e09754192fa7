/** What is not to be seen: controls, formats and marks that reorder text, separators, halves of characters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** More marks than a letter of any language has, piled up to reach other lines. */
const PILED_MARKS = /(\p{M}{3})\p{M}+/gu;

/**
 * Text made fit for a terminal: one line that moves no cursor, sets no title and turns no direction. Blanks of any
 * kind become spaces; an escape is shown as ␛, so that the attempt is seen.
 */
export function plainText(text: string): string {
  return text.replace(UNSEEN, standIn).replace(PILED_MARKS, "$1");
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
