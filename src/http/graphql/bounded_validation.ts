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
 * Chosen so that validation takes less than 10 ms for any document that keeps them (see the bench `validation`), and
 * far above what clients send: the largest of ours has 5 pairs.
 */
export const DOCUMENT_LIMITS: DocumentSize = {
  lines: 1_000,
  selections: 1_000,
  pairs: 500,
  longestName: 128,
};

const REFUSALS: Record<keyof DocumentSize, string> = {
  lines: `A document may have ${DOCUMENT_LIMITS.lines} lines`,
  selections:
    `A document may select ${DOCUMENT_LIMITS.selections} fields and fragments, each time they are spread`,
  pairs: `A document may repeat fields in one place until they make ${DOCUMENT_LIMITS.pairs} pairs`,
  longestName: `A name in an answer may have ${DOCUMENT_LIMITS.longestName} characters`,
};

/** Each error takes time: graphql-js looks for the lines of everything that it concerns. */
const MOST_ERRORS = 25;

/**
 * Validates no more than the limits allow, and tells what is wrong without repeating values. Suggestions are for
 * development: they spell out the schema bit by bit.
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

/** The rule of graphql-js, which quotes the values: here none is. */
function valuesOfCorrectType(context: ValidationContext) {
  const reportError = (error: GraphQLError) => {
    const reason = reasonWithoutValue(error, context.getInputType(), !context.hideSuggestions);
    context.reportError(new GraphQLError(reason, { nodes: error.nodes ?? null }));
  };
  return ValuesOfCorrectTypeRule(Object.create(context, { reportError: { value: reportError } }));
}
