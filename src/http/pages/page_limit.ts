import {
  type DocumentNode,
  type FieldNode,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  isObjectType,
  Kind,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";
import type { Plugin } from "graphql-yoga";

/**
 * Rejects an operation whose pages could return more than `most` objects in total. Validation does not know
 * variables, so the document's cost counts a page with a variable size as one object; here the size is known. A field
 * that costs much for each object counts as several, `extensions.weight`.
 */
export function pageLimit(most: number): Plugin {
  let weights: Weights | undefined;
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const document: DocumentNode = args.document;
      weights ??= weightsOf(args.schema);
      const found = objectsOf(document, args.operationName, args.variableValues ?? {}, weights);
      if (found <= most) return;
      const message =
        `The requested pages may return up to ${most} objects in total, but could return ${found}`;
      const http = { status: 400, spec: true };
      const extensions = { code: "GRAPHQL_VALIDATION_FAILED", http };
      setResultAndStopExecution({ errors: [new GraphQLError(message, { extensions })] });
    },
  };
}

/** The weights of fields, by name. Fields with the same name in several types have the same weight. */
type Weights = ReadonlyMap<string, number>;

function weightsOf(schema: GraphQLSchema): Weights {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  const fields = types.flatMap((type) => Object.values(type.getFields()));
  return new Map(
    fields.flatMap(({ name, extensions: { weight } }) =>
      typeof weight === "number" ? [[name, weight] as const] : []
    ),
  );
}

/**
 * Counts the objects that full pages of the operation contain. The document is valid, so fragments have no
 * cycles.
 */
function objectsOf(
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>>,
  weights: Weights,
): number {
  const operation = getOperationAST(document, operationName);
  if (!operation) return 0;
  const values: Record<string, unknown> = { ...variables };
  for (const { variable: { name }, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue) values[name.value] ??= valueFromASTUntyped(defaultValue);
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
        if (!each.selectionSet) return sum + (weights.get(each.name.value) ?? 0);
        return sum + pageSize(each, values) * (1 + inside(each.selectionSet));
      }, 0);
    known.set(set, count);
    return count;
  };
  return inside(operation.selectionSet);
}

/** The arguments that say how many objects a field returns at most. */
const SIZES = ["first", "last", "ids"];

/** Returns the maximum nodes of a field: its `first` or `last`, the number of its `ids`, or 1 without them. */
function pageSize({ arguments: given = [] }: FieldNode, variables: Record<string, unknown>): number {
  const sizes = given.filter(({ name }) => SIZES.includes(name.value)).map(({ value }) => {
    const known = value.kind === Kind.VARIABLE ? variables[value.name.value] : valueFromASTUntyped(value);
    return Array.isArray(known) ? known.length : Number(known);
  });
  return Math.max(1, ...sizes.filter(Number.isInteger));
}
