import type { Metadata } from "../../providers/modal/grpc/grpc_status.ts";
import { writeRetryPolicy } from "../../providers/modal/api/modal_proto.ts";

/** A call's end with a status other than OK. */
export class Refusal extends Error {
  constructor(readonly status: number, text: string, readonly retryAfterSeconds?: number) {
    super(text);
  }
}

/** The trailers of an answer, or of the refusal in its place. */
export function trailersOf(warnings: string[], refusal?: Refusal): Metadata {
  const retryAfter = refusal?.retryAfterSeconds;
  return {
    ...(warnings.length > 0 && { "x-modal-warning": warnings.map(encodeURIComponent).join(",") }),
    ...(refusal && retryAfter !== undefined && {
      "grpc-status-details-bin": writeRetryPolicy(refusal.status, refusal.message, retryAfter),
    }),
  };
}
