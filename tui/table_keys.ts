import type { Binding } from "./keys.ts";
import type { ListScreenProps } from "./list_screen.tsx";
import type { ListState } from "./places.ts";
import { nextSorting } from "./sorted_rows.ts";
import type { Store } from "./store.ts";

/** The keys that sort a table, mark its rows, and limit it to rows that need attention. */
export function tableKeys<Row>(
  list: Store<ListState>,
  { columns, canLimit, canMark, keyOf }: ListScreenProps<Row>,
  chosen: Row | undefined,
): Binding[] {
  const sort = (step: 1 | -1) =>
    list.update((now) => ({ ...now, sorting: nextSorting(columns, now.sorting, step) }));
  const reverse = () =>
    list.update(({ sorting, ...now }) => ({
      ...now,
      sorting: sorting && { ...sorting, descending: !sorting.descending },
    }));
  const mark = () => {
    if (chosen === undefined) return;
    // Marks that were there before and this one, or without it.
    list.update((now) => ({ ...now, marked: now.marked.symmetricDifference(new Set([keyOf(chosen)])) }));
  };
  const limit = () =>
    list.update((now) => ({ ...now, onlyTroubled: !now.onlyTroubled, chosen: undefined, marked: new Set() }));
  return [
    ...(columns.some(({ by }) => by)
      ? [
        { keys: [">"], hint: "sort by the next column", quiet: true, run: () => sort(1) },
        { keys: ["<"], hint: "sort by the previous column", quiet: true, run: () => sort(-1) },
        {
          keys: ["I"],
          hint: "reverse the order",
          quiet: true,
          disabled: list.get().sorting ? undefined : "Press > to sort the list first",
          run: reverse,
        },
      ]
      : []),
    ...(canMark
      ? [{
        keys: ["space"],
        hint: "mark",
        quiet: true,
        disabled: chosen === undefined ? "Nothing to mark" : undefined,
        run: mark,
      }]
      : []),
    ...(canLimit ? [{ keys: ["ctrl+z"], hint: "only what needs attention", quiet: true, run: limit }] : []),
  ];
}
