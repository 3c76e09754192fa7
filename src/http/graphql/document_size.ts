import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from "graphql";

/** The figures that determine how long validation takes, besides the number of tokens. */
export type DocumentSize = {
  lines: number;
  /** Selected fields and fragments; a fragment's content counts each time it is spread. */
  selections: number;
  /** Pairs of fields with the same name in one place of the response: validation compares each pair. */
  pairs: number;
  /** Length of the longest response name. */
  longestName: number;
};

/**
 * Measures a document, which need not be valid. Stops when a figure exceeds `most`, because fragments can
 * multiply.
 */
export function documentSize({ definitions, loc }: DocumentNode, most: DocumentSize): DocumentSize {
  const fragments = new Map(
    definitions.flatMap((each) =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : []
    ),
  );
  const size = { lines: loc?.endToken.line ?? 0, selections: 0, pairs: 0, longestName: 0 };
  for (const each of definitions) {
    const selects = each.kind === Kind.OPERATION_DEFINITION || each.kind === Kind.FRAGMENT_DEFINITION;
    if (selects) addPlace([each.selectionSet], fragments, size, most);
  }
  return size;
}

/** Returns the first figure that exceeds `most`, or undefined. */
export function figureOver(size: DocumentSize, most: DocumentSize): keyof DocumentSize | undefined {
  if (size.lines > most.lines) return "lines";
  if (size.selections > most.selections) return "selections";
  if (size.pairs > most.pairs) return "pairs";
  if (size.longestName > most.longestName) return "longestName";
  return undefined;
}

/** Adds the selections of `sets`, which share one place of the response. */
function addPlace(
  sets: readonly SelectionSetNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  size: DocumentSize,
  most: DocumentSize,
): void {
  const counts = new Map<string, number>();
  const inside = new Map<string, SelectionSetNode[]>();
  const waiting = [...sets];
  for (let set = waiting.pop(); set; set = waiting.pop()) {
    for (const selection of set.selections) {
      if (figureOver(size, most)) return;
      size.selections++;
      if (selection.kind === Kind.INLINE_FRAGMENT) waiting.push(selection.selectionSet);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value);
        if (fragment) waiting.push(fragment.selectionSet);
      } else {
        const name = (selection.alias ?? selection.name).value;
        const same = counts.get(name) ?? 0;
        counts.set(name, same + 1);
        size.pairs += same;
        size.longestName = Math.max(size.longestName, name.length);
        if (selection.selectionSet) inside.set(name, [...inside.get(name) ?? [], selection.selectionSet]);
      }
    }
  }
  for (const each of inside.values()) addPlace(each, fragments, size, most);
}
