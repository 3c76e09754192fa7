import { trace } from "@opentelemetry/api";
import { type DocumentNode, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";

/**
 * Names the request's span after its GraphQL operation, like `mutation CancelFlow`: with Deno's own OpenTelemetry
 * (`OTEL_DENO=true`) every request would be called `POST` otherwise. Without it this does nothing.
 */
export function spanNames(): Plugin {
  const rename = (document: DocumentNode, operationName: string | null | undefined) => {
    const span = trace.getActiveSpan();
    const operation = span && getOperationAST(document, operationName);
    if (operation) span.updateName(`${operation.operation} ${operation.name?.value ?? "anonymous"}`);
  };
  return {
    onExecute: ({ args }) => rename(args.document, args.operationName),
    onSubscribe: ({ args }) => rename(args.document, args.operationName),
  };
}
