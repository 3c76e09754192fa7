import { status } from "../../providers/modal/grpc/grpc_status.ts";
import type { ModalMethod, ResponseOf } from "../../providers/modal/api/modal_proto.ts";

/** A refusal that the emulator gives instead of an answer, before it looks at the call. */
export type ModalFault = {
  /** The calls it strikes; any when left out. */
  method?: ModalMethod;
  /** How many calls it strikes before it is over; for ever when left out. */
  times?: number;
  /** A gRPC status code. */
  status: number;
  text: string;
  /** Sent as RPCRetryPolicy: asks the client to come again after so many seconds. */
  retryAfterSeconds?: number;
};

/** Everything about the emulator that can be changed while it runs. Each takes effect at the next call. */
export type ModalSwitches = {
  /** Every answer comes so many milliseconds later. */
  delayMs: number;
  /** The first one that fits a call answers it. See `unavailable` and `throttled`. */
  faults: ModalFault[];
  /** Fields put over those of the true answers; "" leaves a text out, which on the wire is the same. */
  answers: { [M in ModalMethod]?: Partial<ResponseOf<M>> };
  /** What becomes of a flow without anybody touching its page. */
  newFlows: "open" | "approved" | "denied" | "expired";
  /** Whether a flow has a code: shown on its page to compare, or to be typed there before it can be approved. */
  code: "none" | "shown" | "required";
  /** How long a flow can be approved. */
  flowLifetimeSeconds: number;
  /** How long a token lives when the client asks for no time of its own; 0 for ever. */
  tokenLifetimeSeconds: number;
  /** Whose tokens are granted. */
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

/** The next calls find nobody at home. */
export function unavailable(times: number, method?: ModalMethod): ModalFault {
  return { status: status.UNAVAILABLE, text: "emulated: unavailable", times, ...(method && { method }) };
}

/** The next calls are told to come again later. */
export function throttled(times: number, retryAfterSeconds: number, method?: ModalMethod): ModalFault {
  const fault = {
    status: status.RESOURCE_EXHAUSTED,
    text: "emulated: too many calls",
    times,
    retryAfterSeconds,
  };
  return method ? { ...fault, method } : fault;
}

/** Takes the fault that strikes a call of this method, if any, and counts it. */
export function takeFault(switches: ModalSwitches, method: ModalMethod): ModalFault | undefined {
  const fault = switches.faults.find((one) => (one.method ?? method) === method && (one.times ?? 1) > 0);
  if (fault?.times !== undefined) fault.times--;
  return fault;
}
