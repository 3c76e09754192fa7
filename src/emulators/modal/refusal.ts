import { Metadata } from "@grpc/grpc-js";
import { writeRetryPolicy } from "../../modal/modal_proto.ts";

/** A call's end with a status other than OK. */
export class Refusal extends Error {
  constructor(readonly status: number, text: string, readonly retryAfterSeconds?: number) {
    super(text);
  }
}

/** The trailers of an answer, or of the refusal in its place. */
export function trailersOf(warnings: string[], refusal?: Refusal): Metadata {
  const trailers = new Metadata();
  if (warnings.length > 0) trailers.set("x-modal-warning", warnings.map(encodeURIComponent).join(","));
  if (refusal?.retryAfterSeconds !== undefined) {
    const details = writeRetryPolicy(refusal.status, refusal.message, refusal.retryAfterSeconds);
    trailers.set("grpc-status-details-bin", details);
  }
  return trailers;
}
