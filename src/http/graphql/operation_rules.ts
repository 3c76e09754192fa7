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

/** R53: fields that write, in one operation. */
const MOST_WRITES = 10;

type Found = { node: FieldNode; field: GraphQLField<unknown, unknown>; parent: string };

/**
 * A rule about the fields of each operation, whatever aliases and fragments it is spelled with. `tell` returns what
 * is wrong with those that `isMeant` chooses, if anything is.
 */
function aboutFields(
  isMeant: (found: Found, context: ValidationContext) => boolean,
  tell: (found: readonly Found[]) => string | undefined,
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
            const message = tell(found);
            const nodes = found.map(({ node }) => node);
            if (message !== undefined) context.reportError(new GraphQLError(message, { nodes }));
          }
        },
      },
    };
  };
}

/** At most one field that checks a credential (`extensions.checksCredential`): one request is one guess. */
export const oneCredentialCheck = aboutFields(
  ({ field }) => field.extensions["checksCredential"] === true,
  ({ length }) => length > 1 ? "An operation may hold one field that checks a credential" : undefined,
);

/** Each field that asks another system (`extensions.callsOut`) once: aliases do not multiply what others must answer. */
export const oneCallOut = aboutFields(
  ({ field }) => field.extensions["callsOut"] === true,
  (found) => {
    const names = found.map(({ field }) => field.name);
    const repeated = names.find((name, index) => names.indexOf(name) < index);
    return repeated && `An operation may hold the field ${repeated} once: it asks another system`;
  },
);

/** R53: so many fields that write. */
export const fewWrites = aboutFields(
  ({ parent }, context) => parent === context.getSchema().getMutationType()?.name,
  ({ length }) => length > MOST_WRITES ? `An operation may hold ${MOST_WRITES} fields that write` : undefined,
);
