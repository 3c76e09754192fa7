import { trace } from "@opentelemetry/api";
import { type DocumentNode, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";

/**
 * Calls `onOperation` for every operation, whatever the transport, and names the request's span after it, such
 * as `mutation CancelFlow`. Deno's own OpenTelemetry (`OTEL_DENO=true`) would call every request `POST`.
 */
export function observing(onOperation: () => void): Plugin {
  const observe = (document: DocumentNode, operationName: string | null | undefined) => {
    onOperation();
    const span = trace.getActiveSpan();
    const operation = span && getOperationAST(document, operationName);
    if (operation) span.updateName(`${operation.operation} ${operation.name?.value ?? "anonymous"}`);
  };
  return {
    onExecute: ({ args }) => observe(args.document, args.operationName),
    onSubscribe: ({ args }) => observe(args.document, args.operationName),
  };
}
