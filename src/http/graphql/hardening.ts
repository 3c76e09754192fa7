import { EnvelopArmor } from "@escape.tech/graphql-armor";
import {
  type FieldNode,
  getNamedType,
  GraphQLError,
  isIntrospectionType,
  Kind,
  type ValidationContext,
  type ValidationRule,
} from "graphql";
import type { Plugin, YogaInitialContext } from "graphql-yoga";
import { boundedValidation } from "./bounded_validation.ts";
import { fewWrites, oneCallOut, oneCredentialCheck } from "./operation_rules.ts";
import { pageLimit } from "../pages/page_limit.ts";
import { quietVariables } from "./variables.ts";

/** Limits of a document: far above what our clients send, and low enough to protect the server. */
const LIMITS = { depth: 8, aliases: 15, directives: 20, tokens: 1_000, cost: 5_000 };

/** Maximum bytes of a request body or a WebSocket message. */
export const MOST_BODY_BYTES = 64 * 1024;

/**
 * Plugins that check a document's limits before execution. Introspection and suggestions are for development
 * only.
 */
export function hardening(development: boolean): Plugin[] {
  const armor = new EnvelopArmor<YogaInitialContext>({
    maxDepth: { n: LIMITS.depth, flattenFragments: true, ...REPORTED },
    maxAliases: { n: LIMITS.aliases, allowList: [], ...REPORTED },
    maxDirectives: { n: LIMITS.directives, ...REPORTED },
    maxTokens: { n: LIMITS.tokens },
    costLimit: { maxCost: LIMITS.cost, flattenFragments: true, ...REPORTED },
    blockFieldSuggestion: { enabled: false },
  });
  const rules = [oneCredentialCheck, oneCallOut, fewWrites, fewDirectives];
  if (!development) rules.push(noIntrospection);
  const ownRules: Plugin = {
    onValidate: ({ addValidationRule }) => rules.forEach((rule) => addValidationRule(rule)),
  };
  return [
    ...armor.protect().plugins,
    ownRules,
    boundedValidation(development),
    quietVariables(development),
    pageLimit(LIMITS.cost),
  ];
}

/**
 * Reports a document over a limit as a validation error. By default armor throws, and the HTTP status would not
 * be that of a rejected document.
 */
const REPORTED = {
  propagateOnRejection: false,
  onReject: [(context: ValidationContext | null, error: GraphQLError) => {
    if (!context) throw error;
    context.reportError(new GraphQLError(error.message.replace(/^Syntax Error: /, "")));
  }],
};

/**
 * Rejects introspection, except `__type(name: …) { name }`: it reveals no more than the error about an unknown
 * type, and the GraphQL over HTTP audits (R45) use it to test variables.
 */
const noIntrospection: ValidationRule = (context) => ({
  Field(node) {
    const type = getNamedType(context.getType());
    if (!type || !isIntrospectionType(type) || asksForName(node)) return;
    const message = `Introspection is disabled: remove the field ${node.name.value}`;
    context.reportError(new GraphQLError(message, { nodes: [node] }));
  },
});

function asksForName({ name, selectionSet }: FieldNode): boolean {
  return name.value === "__type" &&
    (selectionSet?.selections ?? []).every((each) => each.kind === Kind.FIELD && each.name.value === "name");
}

/** Counts all directives. Armor misses those on a fragment's second spread and on variables. */
const fewDirectives: ValidationRule = (context) => {
  let found = 0;
  return {
    Directive: () => {
      if (++found !== LIMITS.directives + 1) return;
      context.reportError(new GraphQLError(`A document may have up to ${LIMITS.directives} directives`));
    },
  };
};
