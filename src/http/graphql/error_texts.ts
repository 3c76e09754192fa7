import {
  getNamedType,
  type GraphQLError,
  type GraphQLInputType,
  isEnumType,
  isSpecifiedScalarType,
} from "graphql";

/** Names of fields and types, which errors have to name, are shorter. */
const MOST_CHARACTERS = 200;

/** Where messages of graphql-js go on with what they found: a token of the document, or a value. */
const QUOTES =
  /(?<= (?:Name|Int|Float|String|BlockString|Comment|character)|:) "| (?:has|got) invalid value /;

/**
 * The error without the input that graphql-js and Yoga quote in it: that may be a part of a password, and clients log
 * what went wrong. Changes the error itself, for it knows its place in the document.
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
 * Why a value does not fit its type, without the value. What graphql-js says of objects names fields alone; our own
 * scalars say what they take. In `development` an enum's values are told.
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
