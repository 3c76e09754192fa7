import {
  type ExecutableDefinitionNode,
  type FieldNode,
  getNamedType,
  GraphQLError,
  type GraphQLField,
  isObjectType,
  Kind,
  type ValidationContext,
  type ValidationRule,
} from "graphql";

/** R53: maximum mutation fields in one operation. */
const MOST_WRITES = 10;

type Found = { node: FieldNode; field: GraphQLField<unknown, unknown>; parent: string };

/**
 * Returns a rule about the fields of each operation, including aliases and fragments. `problemOf` gets the
 * fields that `isMeant` selects, and returns a message if they break the rule.
 */
function aboutFields(
  isMeant: (found: Found, context: ValidationContext) => boolean,
  problemOf: (found: readonly Found[]) => string | undefined,
): ValidationRule {
  return (context) => {
    const chosen = new Map<ExecutableDefinitionNode, Found[]>();
    let current: Found[] = [];
    const enter = (node: ExecutableDefinitionNode) => void chosen.set(node, current = []);
    return {
      OperationDefinition: { enter },
      FragmentDefinition: { enter },
      Field(node) {
        const parent = getNamedType(context.getParentType());
        if (!isObjectType(parent)) return;
        const field = parent.getFields()[node.name.value];
        if (!field) return;
        const found = { node, field, parent: parent.name };
        if (isMeant(found, context)) current.push(found);
      },
      Document: {
        leave({ definitions }) {
          for (const operation of definitions) {
            if (operation.kind !== Kind.OPERATION_DEFINITION) continue;
            const parts = [operation, ...context.getRecursivelyReferencedFragments(operation)];
            const found = parts.flatMap((part) => chosen.get(part) ?? []);
            const message = problemOf(found);
            const nodes = found.map(({ node }) => node);
            if (message !== undefined) context.reportError(new GraphQLError(message, { nodes }));
          }
        },
      },
    };
  };
}

/**
 * Allows one field that checks a credential (`extensions.checksCredential`), so that one request is one guess.
 */
export const oneCredentialCheck = aboutFields(
  ({ field }) => field.extensions["checksCredential"] === true,
  ({ length }) => length > 1 ? "An operation may have only one field that checks a credential" : undefined,
);

/**
 * Allows each field that calls an external system (`extensions.callsOut`) once, so that aliases cannot multiply
 * those calls.
 */
export const oneCallOut = aboutFields(
  ({ field }) => field.extensions["callsOut"] === true,
  (found) => {
    const names = found.map(({ field }) => field.name);
    const repeated = names.find((name, index) => names.indexOf(name) < index);
    return repeated &&
      `An operation may have the field ${repeated} only once, because it calls an external system`;
  },
);

/** R53: limits the mutation fields of an operation. */
export const fewWrites = aboutFields(
  ({ parent }, context) => parent === context.getSchema().getMutationType()?.name,
  ({ length }) =>
    length > MOST_WRITES ? `An operation may have up to ${MOST_WRITES} mutation fields` : undefined,
);
