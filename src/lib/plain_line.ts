/**
 * Makes foreign text safe to store and to show: one line without invisible, cursor or direction characters.
 * Cuts it to `most` characters, never within one.
 */
export function plainLine(text: string, most: number): string {
  const plain = text.toWellFormed().replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "").trim();
  return [...plain].slice(0, most).join("").trim();
}
