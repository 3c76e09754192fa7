import type { Metadata } from "../../providers/modal/grpc/grpc_status.ts";
import { writeRetryPolicy } from "../../providers/modal/api/modal_proto.ts";

/** Ends a call with a gRPC status other than OK. */
export class Refusal extends Error {
  constructor(readonly status: number, text: string, readonly retryAfterSeconds?: number) {
    super(text);
  }
}

/** The trailers of an answer or of a refusal. */
export function trailersOf(warnings: string[], refusal?: Refusal): Metadata {
  const retryAfter = refusal?.retryAfterSeconds;
  return {
    ...(warnings.length > 0 && { "x-modal-warning": warnings.map(encodeURIComponent).join(",") }),
    ...(refusal && retryAfter !== undefined && {
      "grpc-status-details-bin": writeRetryPolicy(refusal.status, refusal.message, retryAfter),
    }),
  };
}
