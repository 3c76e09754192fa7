const texts = new WeakMap<object, string>();

/** The rows that contain every word of the filter. */
export function filterRows<Row extends object>(rows: readonly Row[], filter: string): readonly Row[] {
  const words = filter.toLowerCase().split(" ").filter(Boolean);
  return words.length === 0 ? rows : rows.filter((row) => hasWords(row, words));
}

/** Whether the row contains each of `words`, which must be in lower case. */
export function hasWords(row: object, words: readonly string[]): boolean {
  return words.length === 0 || words.every((word) => textOf(row).includes(word));
}

/** A row as lower-case text; cached for each row. */
function textOf(row: object): string {
  const known = texts.get(row);
  if (known !== undefined) return known;
  const text = JSON.stringify(row).toLowerCase();
  texts.set(row, text);
  return text;
}
