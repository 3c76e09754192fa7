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
    onExecute: async ({ args, setResultAndStopExecution }) => {
      const error = await tokenError(args);
      if (error) setResultAndStopExecution({ errors: [overHttp(error)] });
    },
    onSubscribe: async ({ args, setResultAndStopExecution }) => {
      const error = await tokenError(args);
      if (error) setResultAndStopExecution({ errors: [overHttp(error)] });
    },
  };
}

/**
 * Returns the error if the request has an invalid token and its operation does not ignore it.
 *
 * If a guest's token has expired, the operation may be meant to make the guest a user. Without the guest it would create
 * a second account, and the guest's data would be lost. So the client must refresh first, if the session has not ended.
 */
export async function tokenError(
  { schema, document, operationName, contextValue }: Pick<
    ExecutionArgs,
    "schema" | "document" | "operationName" | "contextValue"
  >,
): Promise<GraphQLError | undefined> {
  const { caller } = contextValue as { caller: Caller };
  if (caller.kind !== "nobody" || !caller.tokenRefused) return undefined;
  const fields = mutationFields(schema, document, operationName);
  if (!fields?.every(({ ignoresToken }) => ignoresToken)) return refusalError(new Unauthenticated());
  const isUpgrade = caller.expiredGuest && fields.some(({ upgradesGuest }) => upgradesGuest);
  return isUpgrade && await caller.expiredGuest?.isLive()
    ? refusalError(new Unauthenticated("TOKEN_EXPIRED"))
    : undefined;
}

/** Adds the status and header of the response. Yoga removes them from the body. */
function overHttp({ message, extensions }: GraphQLError): GraphQLError {
  const http = { spec: true, status: 401, headers: { "www-authenticate": CHALLENGE } };
  return new GraphQLError(message, { extensions: { ...extensions, http } });
}

/** What the field of a mutation does with an invalid token. */
type FieldExtensions = {
  /** It runs as if the request had no token. */
  ignoresToken?: true;
  /** With a guest's token, it makes the guest a user. */
  upgradesGuest?: true;
};

/** Returns the extensions of the fields of the operation; undefined if it is not a mutation. */
function mutationFields(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
): FieldExtensions[] | undefined {
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== "mutation") return undefined;
  const fields = schema.getMutationType()?.getFields();
  return namesIn(document, operation.selectionSet).map((name) => fields?.[name]?.extensions ?? {});
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
