/**
 * What somebody else wrote as one line that is safe to keep and to show: nothing in it is unseen, moves a cursor or
 * turns a direction. Cut to `most` characters, between two of them.
 */
export function plainLine(text: string, most: number): string {
  const plain = text.toWellFormed().replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "").trim();
  return [...plain].slice(0, most).join("").trim();
}
