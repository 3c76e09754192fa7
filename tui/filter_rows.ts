const texts = new WeakMap<object, string>();

/** The rows in which every word of the filter stands somewhere. */
export function filterRows<Row extends object>(rows: readonly Row[], filter: string): readonly Row[] {
  const words = filter.toLowerCase().split(" ").filter(Boolean);
  return words.length === 0 ? rows : rows.filter((row) => hasWords(row, words));
}

/** Whether each of `words`, which are in lower case, stands somewhere in the row. */
export function hasWords(row: object, words: readonly string[]): boolean {
  return words.length === 0 || words.every((word) => textOf(row).includes(word));
}

/** All that a row says; made once for a row. */
function textOf(row: object): string {
  const known = texts.get(row);
  if (known !== undefined) return known;
  const text = JSON.stringify(row).toLowerCase();
  texts.set(row, text);
  return text;
}
