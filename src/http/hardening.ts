import { EnvelopArmor } from "@escape.tech/graphql-armor";
import {
  getNamedType,
  GraphQLError,
  isObjectType,
  NoSchemaIntrospectionCustomRule,
  type ValidationContext,
  type ValidationRule,
} from "graphql";
import type { Plugin, YogaInitialContext } from "graphql-yoga";

/** What a document may cost. Far above what a client of ours sends, far below what would hurt. */
const LIMITS = { depth: 8, aliases: 15, directives: 20, tokens: 1_000, cost: 5_000 };

/** Bytes that the body of a request, or one WebSocket message, may have. */
export const MOST_BODY_BYTES = 64 * 1024;

/** The limits of a document, checked before anything runs; introspection only where it is being developed. */
export function hardening(introspection: boolean): Plugin[] {
  const armor = new EnvelopArmor<YogaInitialContext>({
    maxDepth: { n: LIMITS.depth, flattenFragments: true },
    maxAliases: { n: LIMITS.aliases, allowList: [] },
    maxDirectives: { n: LIMITS.directives },
    maxTokens: { n: LIMITS.tokens },
    costLimit: { maxCost: LIMITS.cost, flattenFragments: true },
    blockFieldSuggestion: { enabled: !introspection },
  });
  const rules = [oneCredentialCheck, ...(introspection ? [] : [NoSchemaIntrospectionCustomRule])];
  const ownRules: Plugin = {
    onValidate: ({ addValidationRule }) => rules.forEach((rule) => addValidationRule(rule)),
  };
  return [...armor.protect().plugins, ownRules];
}

/**
 * At most one field that checks a credential (`extensions.checksCredential`) in an operation, whatever aliases
 * and fragments it is spelled with: one request is one guess.
 */
const oneCredentialCheck: ValidationRule = (context: ValidationContext) => {
  let found = 0;
  return {
    OperationDefinition: { enter: () => void (found = 0) },
    Field(node) {
      const parent = getNamedType(context.getParentType());
      if (!isObjectType(parent) || !parent.getFields()[node.name.value]?.extensions["checksCredential"]) {
        return;
      }
      found++;
      if (found === 2) {
        context.reportError(
          new GraphQLError("An operation may hold one field that checks a credential", { nodes: [node] }),
        );
      }
    },
  };
};
