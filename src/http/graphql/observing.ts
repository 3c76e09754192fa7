import { trace } from "@opentelemetry/api";
import { type DocumentNode, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";

/**
 * Tells `onOperation` of every operation as it begins, whatever the transport, and names the request's span after
 * it, like `mutation CancelFlow`: with Deno's own OpenTelemetry (`OTEL_DENO=true`) every request would be called
 * `POST` otherwise.
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
