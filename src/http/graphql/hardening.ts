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

/** What a document may cost. Far above what a client of ours sends, far below what would hurt. */
const LIMITS = { depth: 8, aliases: 15, directives: 20, tokens: 1_000, cost: 5_000 };

/** Bytes that the body of a request, or one WebSocket message, may have. */
export const MOST_BODY_BYTES = 64 * 1024;

/** The limits of a document, checked before anything runs; introspection and suggestions are for development. */
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
 * What is over a limit is an error of validation like any other. Left to itself, armor throws: the answer's status
 * would then not be that of a refused document.
 */
const REPORTED = {
  propagateOnRejection: false,
  onReject: [(context: ValidationContext | null, error: GraphQLError) => {
    if (!context) throw error;
    context.reportError(new GraphQLError(error.message.replace(/^Syntax Error: /, "")));
  }],
};

/**
 * Nothing of the schema is told but whether a type has a name: `__type(name: …) { name }` says no more than the error
 * about an unknown type would, and the audits of GraphQL over HTTP (R45) try variables with it.
 */
const noIntrospection: ValidationRule = (context) => ({
  Field(node) {
    const type = getNamedType(context.getType());
    if (!type || !isIntrospectionType(type) || asksForName(node)) return;
    const message = `Introspection is off, and the document holds the field ${node.name.value}`;
    context.reportError(new GraphQLError(message, { nodes: [node] }));
  },
});

function asksForName({ name, selectionSet }: FieldNode): boolean {
  return name.value === "__type" &&
    (selectionSet?.selections ?? []).every((each) => each.kind === Kind.FIELD && each.name.value === "name");
}

/** Armor does not count the directives on a fragment's second spread, nor those on variables: here all count. */
const fewDirectives: ValidationRule = (context) => {
  let found = 0;
  return {
    Directive: () => {
      if (++found !== LIMITS.directives + 1) return;
      context.reportError(new GraphQLError(`A document may hold ${LIMITS.directives} directives`));
    },
  };
};
