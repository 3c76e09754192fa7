import { status } from "../../providers/modal/grpc/grpc_status.ts";
import type { ModalMethod, ResponseOf } from "../../providers/modal/api/modal_proto.ts";

/** A refusal instead of an answer, before the call is handled. */
export type ModalFault = {
  /** The affected method; all methods by default. */
  method?: ModalMethod;
  /** The number of affected calls; unlimited by default. */
  times?: number;
  /** A gRPC status code. */
  status: number;
  text: string;
  /** Sent as RPCRetryPolicy: asks the client to retry after this time. */
  retryAfterSeconds?: number;
};

/** Settings that can change while the emulator runs. A change takes effect at the next call. */
export type ModalSwitches = {
  /** Delays every answer. */
  delayMs: number;
  /** The first matching fault answers a call. See `unavailable` and `throttled`. */
  faults: ModalFault[];
  /** Fields that replace those of the real answers. "" is the same as a missing text on the wire. */
  answers: { [M in ModalMethod]?: Partial<ResponseOf<M>> };
  /** The state of new flows. */
  newFlows: "open" | "approved" | "denied" | "expired";
  /** Whether a flow has a code: `shown` on its page for comparison, or `required` to be typed before approval. */
  code: "none" | "shown" | "required";
  /** How long a flow can be approved. */
  flowLifetimeSeconds: number;
  /** The default lifetime of a token; 0 for unlimited. */
  tokenLifetimeSeconds: number;
  /** The owner of new tokens. */
  identity: "user" | "service_user";
  /** Warnings inside the answer to ClientHello. */
  helloWarnings: string[];
  /** Warnings in the trailers of every answer and refusal. */
  trailerWarnings: string[];
};

export function defaultSwitches(): ModalSwitches {
  return {
    delayMs: 0,
    faults: [],
    answers: {},
    newFlows: "open",
    code: "none",
    flowLifetimeSeconds: 3600,
    tokenLifetimeSeconds: 0,
    identity: "user",
    helloWarnings: [],
    trailerWarnings: [],
  };
}

/** The next calls fail with UNAVAILABLE. */
export function unavailable(times: number, method?: ModalMethod): ModalFault {
  return { status: status.UNAVAILABLE, text: "emulated: unavailable", times, ...(method && { method }) };
}

/** The next calls fail with RESOURCE_EXHAUSTED and a time to retry. */
export function throttled(times: number, retryAfterSeconds: number, method?: ModalMethod): ModalFault {
  const fault = {
    status: status.RESOURCE_EXHAUSTED,
    text: "emulated: too many calls",
    times,
    retryAfterSeconds,
  };
  return method ? { ...fault, method } : fault;
}

/** Returns the fault for a call of this method, if any, and counts it. */
export function takeFault(switches: ModalSwitches, method: ModalMethod): ModalFault | undefined {
  const fault = switches.faults.find((one) => (one.method ?? method) === method && (one.times ?? 1) > 0);
  if (fault?.times !== undefined) fault.times--;
  return fault;
}
