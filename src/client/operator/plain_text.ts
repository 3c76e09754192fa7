/** Characters to remove or replace: controls, formats, direction marks, separators and lone surrogates. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** More combining marks than a letter of any language has. Stacked marks can cover other lines. */
const PILED_MARKS = /(\p{M}{3})\p{M}+/gu;

/**
 * Makes text safe for a terminal: one line without control characters and direction marks. Blanks of any kind become
 * spaces. An escape becomes ␛, so that an attack is visible.
 */
export function plainText(text: string): string {
  return text.replace(UNSEEN, standIn).replace(PILED_MARKS, "$1");
}

/** A value as JSON that is safe for a terminal: unsafe characters are escaped. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSEEN, escaped);
}

function escaped(character: string): string {
  return character.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}

function standIn(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x09 && code <= 0x0d || code === 0x85 || code === 0x2028 || code === 0x2029) return " ";
  // U+2400 and the following characters are pictures of the control characters, in the same order.
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code <= 0x9f ? "␦" : "";
}
