const texts = new WeakMap<object, string>();

/** The rows in which every word of the filter stands somewhere. */
export function rowsLike<Row extends object>(rows: readonly Row[], filter: string): readonly Row[] {
  const words = filter.toLowerCase().split(" ").filter(Boolean);
  return words.length === 0 ? rows : rows.filter((row) => words.every((word) => textOf(row).includes(word)));
}

function textOf(row: object): string {
  const known = texts.get(row);
  if (known !== undefined) return known;
  const text = JSON.stringify(row).toLowerCase();
  texts.set(row, text);
  return text;
}
