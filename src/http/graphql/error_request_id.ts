import { type ExecutionResult, GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { RequestFacts } from "./graphql.ts";

/** Adds the id of the request to the errors of its response, as `extensions.requestId`. */
export function requestIdsInErrors(): Plugin<Record<never, never>, { facts: RequestFacts }> {
  return {
    onResultProcess({ result, setResult, serverContext }) {
      if (!result || Array.isArray(result) || Symbol.asyncIterator in result) return;
      setResult(withRequestId(result, serverContext.facts.requestId));
    },
  };
}

/** Returns the result with the id of its request in each error. */
export function withRequestId<Result extends ExecutionResult>(result: Result, requestId: string): Result {
  if (!result.errors) return result;
  return { ...result, errors: result.errors.map((error) => identified(error, requestId)) };
}

/** Returns the error with the id of its request. */
export function identified(error: GraphQLError, requestId: string): GraphQLError {
  const { message, nodes, source, positions, path, originalError, extensions } = error;
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    originalError: originalError ?? null,
    extensions: { ...extensions, requestId },
  });
}
