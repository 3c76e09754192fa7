/**
 * Returns a copy of the text. V8 keeps a whole text in memory as long as a part cut from it is used, so what is kept
 * of a request is copied.
 */
export function copied(part: string): string {
  return [...part].join("");
}
