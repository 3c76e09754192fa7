import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  specifiedRules,
  validate,
  type ValidationContext,
  type ValidationRule,
  ValuesOfCorrectTypeRule,
} from "graphql";
import type { Plugin } from "graphql-yoga";
import { type DocumentSize, documentSize, figureOver } from "./document_size.ts";
import { reasonWithoutValue, withoutInput } from "./error_texts.ts";

/**
 * Limits that keep validation below 10 ms for any document (see the benchmark `validation`). They are far above
 * what clients send: our largest document has 5 pairs.
 */
export const DOCUMENT_LIMITS: DocumentSize = {
  lines: 1_000,
  selections: 1_000,
  pairs: 500,
  longestName: 128,
};

const REFUSALS: Record<keyof DocumentSize, string> = {
  lines: `A document may have up to ${DOCUMENT_LIMITS.lines} lines`,
  selections:
    `A document may select up to ${DOCUMENT_LIMITS.selections} fields and fragments; a fragment counts each time it is spread`,
  pairs: `A document may have up to ${DOCUMENT_LIMITS.pairs} pairs of fields with the same name in one place`,
  longestName: `A response name may have up to ${DOCUMENT_LIMITS.longestName} characters`,
};

/**
 * Maximum errors in a response. Each one takes time, because graphql-js computes the lines of all its nodes.
 */
const MOST_ERRORS = 25;

/**
 * Rejects documents over the limits before validation, and removes input values from error messages.
 * Suggestions are for development only, because they reveal the schema bit by bit.
 */
export function boundedValidation(development: boolean): Plugin {
  const validateWithin = (
    schema: GraphQLSchema,
    document: DocumentNode,
    rules: readonly ValidationRule[] = specifiedRules,
  ) => {
    const over = figureOver(documentSize(document, DOCUMENT_LIMITS), DOCUMENT_LIMITS);
    if (over) return [new GraphQLError(REFUSALS[over])];
    const quiet = rules.map((rule) => rule === ValuesOfCorrectTypeRule ? valuesOfCorrectType : rule);
    return validate(schema, document, quiet, { maxErrors: MOST_ERRORS, hideSuggestions: !development });
  };
  return {
    onParse: () => ({ result }) => void (result instanceof GraphQLError && withoutInput(result)),
    onValidate: ({ setValidationFn }) => {
      setValidationFn(validateWithin);
      return ({ result }) => result.forEach(withoutInput);
    },
  };
}

/** graphql-js's rule, without the values that it quotes. */
function valuesOfCorrectType(context: ValidationContext) {
  const reportError = (error: GraphQLError) => {
    const reason = reasonWithoutValue(error, context.getInputType(), !context.hideSuggestions);
    context.reportError(new GraphQLError(reason, { nodes: error.nodes ?? null }));
  };
  return ValuesOfCorrectTypeRule(Object.create(context, { reportError: { value: reportError } }));
}
