import {
  getNamedType,
  type GraphQLError,
  type GraphQLInputType,
  isEnumType,
  isSpecifiedScalarType,
} from "graphql";

/** Maximum length of an error message. The names of fields and types in it are shorter. */
const MOST_CHARACTERS = 200;

/** Matches where graphql-js messages begin to quote a token of the document or a value. */
const QUOTES =
  /(?<= (?:Name|Int|Float|String|BlockString|Comment|character)|:) "| (?:has|got) invalid value /;

/**
 * Removes the input that graphql-js and Yoga quote in an error message: it may contain part of a password, and
 * clients log errors. Changes the error in place, because it holds its location in the document.
 */
export function withoutInput<T extends Error>(error: T): T {
  const found = error.message.startsWith("Syntax Error: ") || error.message.includes(" invalid value ")
    ? error.message.search(QUOTES)
    : -1;
  const kept = found < 0 ? error.message : error.message.slice(0, found);
  error.message = kept.length > MOST_CHARACTERS
    ? `${kept.slice(0, MOST_CHARACTERS - 1).toWellFormed()}…`
    : kept;
  return error;
}

/**
 * Returns why a value does not match its type, without the value. graphql-js messages about objects only name
 * fields, and our own scalars do not quote values. In `development` the message lists an enum's values.
 */
export function reasonWithoutValue(
  { message }: GraphQLError,
  type: GraphQLInputType | null | undefined,
  development: boolean,
): string {
  if (!type) return message;
  const named = getNamedType(type);
  const quotes = isSpecifiedScalarType(named) || isEnumType(named) ||
    message.startsWith("Expected value of type ");
  if (!quotes) return message;
  const names = development && isEnumType(named) ? named.getValues().map(({ name }) => name) : [];
  return `Expected a value of type "${type}".${
    names.length > 0 ? ` Did you mean ${names.join(" or ")}?` : ""
  }`;
}
