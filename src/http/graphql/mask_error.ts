import { getLogger } from "@logtape/logtape";
import { GraphQLError, type GraphQLErrorOptions } from "graphql";
import { AuthError, ServerStopping, Unauthenticated } from "../../lib/errors.ts";
import { withoutInput } from "./error_texts.ts";

const log = getLogger(["sallyport", "graphql"]);

/**
 * Returns the error that the caller sees. An `AuthError` and an error in the document keep their message. Any other
 * error is logged and replaced by a general message.
 */
export function maskError(error: unknown, onFault: () => void): Error {
  const cause = error instanceof GraphQLError ? error.originalError ?? undefined : error;
  const place = error instanceof GraphQLError ? { nodes: error.nodes ?? null, path: error.path ?? null } : {};
  if (cause instanceof AuthError) {
    return refusalError(cause, place);
  }
  if (error instanceof GraphQLError && (!cause || cause instanceof GraphQLError)) {
    return withoutInput(error);
  }
  if (cause instanceof ServerStopping) return cause;
  onFault();
  log.error("An operation failed: {error}", { error: cause });
  return new GraphQLError("Something went wrong on the server. Its log has the details", {
    ...place,
    extensions: { code: "INTERNAL_SERVER_ERROR" },
  });
}

/** Returns the GraphQL error for a refusal, with its code and its remedy. */
export function refusalError(refusal: AuthError, place: GraphQLErrorOptions = {}): GraphQLError {
  const { message, code, remedy } = refusal;
  const reason = refusal instanceof Unauthenticated ? refusal.reason : undefined;
  return new GraphQLError(message, { ...place, extensions: { code, ...(reason && { reason }), ...remedy } });
}
