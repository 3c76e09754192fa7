import {
  type DocumentNode,
  type FieldNode,
  getOperationAST,
  GraphQLError,
  Kind,
  type SelectionSetNode,
} from "graphql";
import type { Plugin } from "graphql-yoga";

/**
 * Refuses an operation whose pages may hold more than `most` objects together. Validation knows no variables, so
 * the cost of a document counts a page whose size is one as a single object; here its size is known.
 */
export function pageLimit(most: number): Plugin {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const document: DocumentNode = args.document;
      const found = objectsOf(document, args.operationName, args.variableValues ?? {});
      if (found <= most) return;
      const message = `The pages asked for may hold ${most} objects together, and could hold ${found}`;
      const http = { status: 400, spec: true };
      const extensions = { code: "GRAPHQL_VALIDATION_FAILED", http };
      setResultAndStopExecution({ errors: [new GraphQLError(message, { extensions })] });
    },
  };
}

/**
 * How many objects the pages of the operation hold when they are full. The document is valid: no fragment meets
 * itself.
 */
function objectsOf(
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>>,
): number {
  const operation = getOperationAST(document, operationName);
  if (!operation) return 0;
  const values: Record<string, unknown> = { ...variables };
  for (const { variable: { name }, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue?.kind === Kind.INT) values[name.value] ??= Number(defaultValue.value);
  }
  const fragments = new Map(
    document.definitions.flatMap((each) =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each.selectionSet] as const] : []
    ),
  );
  const known = new Map<SelectionSetNode, number>();
  const inside = (set: SelectionSetNode | undefined): number => {
    if (!set) return 0;
    const count = known.get(set) ??
      set.selections.reduce((sum, each) => {
        if (each.kind === Kind.INLINE_FRAGMENT) return sum + inside(each.selectionSet);
        if (each.kind === Kind.FRAGMENT_SPREAD) return sum + inside(fragments.get(each.name.value));
        return sum + (each.selectionSet ? pageSize(each, values) * (1 + inside(each.selectionSet)) : 0);
      }, 0);
    known.set(set, count);
    return count;
  };
  return inside(operation.selectionSet);
}

/** Nodes the field may answer with: what `first` or `last` says, and 1 for a field that has neither. */
function pageSize({ arguments: given = [] }: FieldNode, variables: Record<string, unknown>): number {
  const sizes = given.filter(({ name }) => name.value === "first" || name.value === "last").map(
    ({ value }) => {
      if (value.kind === Kind.VARIABLE) return Number(variables[value.name.value]);
      return value.kind === Kind.INT ? Number(value.value) : 1;
    },
  );
  return Math.max(1, ...sizes.filter(Number.isInteger));
}
