/** A value to sort by. Null and undefined come last. */
export type SortValue = string | number | null | undefined;

/** The column that a list is sorted by. */
export type Sorting = { title: string; descending: boolean };

type Sortable<Row> = { title: string; by?: (row: Row) => SortValue };

/** Rows in the order of a column. Rows with the same value, and all rows without a sorting, stay in the server's order. */
export function sortedRows<Row>(
  rows: readonly Row[],
  columns: readonly Sortable<Row>[],
  sorting: Sorting | undefined,
): readonly Row[] {
  const by = columns.find(({ title }) => title === sorting?.title)?.by;
  if (!sorting || !by) return rows;
  const values = new Map(rows.map((row) => [row, by(row) ?? undefined]));
  return rows.toSorted((one, other) => compare(values.get(one), values.get(other), sorting.descending));
}

function compare(
  one: string | number | undefined,
  other: string | number | undefined,
  descending: boolean,
): number {
  if (one === other) return 0;
  if (one === undefined) return 1;
  if (other === undefined) return -1;
  return (one < other) === descending ? 1 : -1;
}

/** The sorting after this one: by the next or previous column, or by none after the last. */
export function nextSorting<Row>(
  columns: readonly Sortable<Row>[],
  sorting: Sorting | undefined,
  step: 1 | -1,
): Sorting | undefined {
  const titles = [undefined, ...columns.filter(({ by }) => by).map(({ title }) => title)];
  const at = titles.indexOf(sorting?.title);
  const title = titles.at((at + step) % titles.length);
  return title === undefined ? undefined : { title, descending: false };
}
