import {
  type DocumentNode,
  type ExecutionArgs,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type SelectionSetNode,
} from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Caller } from "../../operations/caller.ts";
import { Unauthenticated } from "../../lib/errors.ts";
import { refusalError } from "./mask_error.ts";

/** RFC 6750 §3.1. */
const CHALLENGE = 'Bearer error="invalid_token"';

/**
 * Rejects the operation of a request with an invalid token. Otherwise the client would treat its user as signed out,
 * and not renew the token. Operations that sign in, renew or end a session ignore the token: a client with an old token
 * must be able to sign in again.
 *
 * The status is 200 for `application/json` and 401 for `application/graphql-response+json`.
 */
export function refusedTokens(): Plugin<{ caller: Caller }> {
  return {
    onExecute: ({ args, setResultAndStopExecution }) => {
      const error = tokenError(args);
      if (error) setResultAndStopExecution({ errors: [overHttp(error)] });
    },
    onSubscribe: ({ args, setResultAndStopExecution }) => {
      const error = tokenError(args);
      if (error) setResultAndStopExecution({ errors: [overHttp(error)] });
    },
  };
}

/** Returns the error if the request has an invalid token and its operation does not ignore it. */
export function tokenError(
  { schema, document, operationName, contextValue }: Pick<
    ExecutionArgs,
    "schema" | "document" | "operationName" | "contextValue"
  >,
): GraphQLError | undefined {
  const { caller } = contextValue as { caller: Caller };
  if (caller.kind !== "nobody" || !caller.tokenRefused) return undefined;
  return ignoresTokens(schema, document, operationName) ? undefined : refusalError(new Unauthenticated());
}

/** Adds the status and header of the response. Yoga removes them from the body. */
function overHttp({ message, extensions }: GraphQLError): GraphQLError {
  const http = { spec: true, status: 401, headers: { "www-authenticate": CHALLENGE } };
  return new GraphQLError(message, { extensions: { ...extensions, http } });
}

/** Whether the operation is a mutation and all its fields ignore invalid tokens (`extensions.ignoresToken`). */
function ignoresTokens(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
): boolean {
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== "mutation") return false;
  const fields = schema.getMutationType()?.getFields();
  return namesIn(document, operation.selectionSet)
    .every((name) => fields?.[name]?.extensions["ignoresToken"] === true);
}

/** Returns the names of the fields of a selection and its fragments. Validation has rejected cycles. */
function namesIn(document: DocumentNode, { selections }: SelectionSetNode): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection.name.value];
    if (selection.kind === Kind.INLINE_FRAGMENT) return namesIn(document, selection.selectionSet);
    const { value } = selection.name;
    const fragment = document.definitions.find((each) =>
      each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === value
    );
    return fragment?.kind === Kind.FRAGMENT_DEFINITION ? namesIn(document, fragment.selectionSet) : [];
  });
}
