import { status } from "../../providers/modal/grpc/grpc_status.ts";
import { randomCode, randomId } from "./chance.ts";
import { Refusal } from "./refusal.ts";
import type { ModalSwitches } from "./switches.ts";
import type { EmulatedToken, Tokens } from "./tokens.ts";

/** open → approved → collected, or open → denied, or open → expired. */
export type FlowState = "open" | "approved" | "collected" | "denied" | "expired";

export type EmulatedFlow = {
  tokenFlowId: string;
  waitSecret: string;
  /** "" for none. */
  code: string;
  /** The code must be typed on the page before the flow can be approved. */
  codeRequired: boolean;
  expiresInSeconds: number;
  expiresAt: Date;
  state: FlowState;
};

/** Why a flow was not decided. */
export type NotDecided = "unknown" | "decided" | "wrong_code";

/** More than any client asks for, and less than a timer can take. */
const MAX_HOLD_SECONDS = 600;

/** The flows that the emulator has started, and whoever waits for them. */
export class TokenFlows {
  readonly all = new Map<string, EmulatedFlow>();
  readonly #waiting = new Map<string, Set<() => void>>();
  constructor(readonly switches: ModalSwitches, readonly tokens: Tokens) {}

  create(expiresInSeconds: number): EmulatedFlow {
    const { newFlows, code, flowLifetimeSeconds } = this.switches;
    const flow: EmulatedFlow = {
      tokenFlowId: randomId("tf"),
      waitSecret: randomId("ws"),
      code: code === "none" ? "" : randomCode(),
      codeRequired: code === "required",
      expiresInSeconds,
      expiresAt: new Date(this.tokens.now().getTime() + flowLifetimeSeconds * 1000),
      state: newFlows,
    };
    this.all.set(flow.tokenFlowId, flow);
    return flow;
  }

  /** The flow, if there is one; its state is right as of now. */
  find(tokenFlowId: string): EmulatedFlow | undefined {
    const flow = this.all.get(tokenFlowId);
    if (flow?.state === "open" && flow.expiresAt <= this.tokens.now()) flow.state = "expired";
    return flow;
  }

  /** Ends an open flow and wakes whoever waits for it. `typedCode` is what stands in the page's field. */
  decide(
    tokenFlowId: string,
    state: "approved" | "denied" | "expired",
    typedCode = "",
  ): NotDecided | undefined {
    const flow = this.find(tokenFlowId);
    if (!flow) return "unknown";
    if (flow.state !== "open") return "decided";
    if (state === "approved" && flow.codeRequired && !sameCode(typedCode, flow.code)) return "wrong_code";
    flow.state = state;
    for (const wake of this.#waiting.get(tokenFlowId) ?? []) wake();
    return undefined;
  }

  /**
   * Holds an open flow until it is decided, `seconds` are over, or `signal` says that nobody listens. Answers with
   * the token, once, or undefined when the flow is still open. Throws `Refusal` for a flow that is over. A client that
   * does not answer a ping gets no token: a process that was killed keeps its connection for a moment.
   */
  async wait(
    id: string,
    waitSecret: string,
    seconds: number,
    { signal, isClientThere }: { signal: AbortSignal; isClientThere: () => Promise<boolean> },
  ): Promise<EmulatedToken | undefined> {
    const flow = this.find(id);
    // One answer for both: a flow's id is public, and must not tell whether the secret was right.
    if (!flow || flow.waitSecret !== waitSecret) throw new Refusal(status.NOT_FOUND, "Token flow not found");
    if (flow.state === "open" && !signal.aborted) await this.#hold(flow, seconds, signal);
    // What a listener who has gone would collect is lost.
    const lost = flow.state === "approved" && !await isClientThere();
    if (lost || signal.aborted) return undefined;
    return this.#collect(flow);
  }

  #collect(flow: EmulatedFlow): EmulatedToken | undefined {
    switch (this.find(flow.tokenFlowId)?.state) {
      case "open":
        return undefined;
      case "approved":
        flow.state = "collected";
        return this.tokens.issue(flow.expiresInSeconds || this.switches.tokenLifetimeSeconds);
      case "denied":
        throw new Refusal(status.PERMISSION_DENIED, "Token flow was denied");
      case "expired":
        throw new Refusal(status.FAILED_PRECONDITION, "Token flow has expired");
      default:
        throw new Refusal(status.NOT_FOUND, "Token flow not found");
    }
  }

  #hold(flow: EmulatedFlow, seconds: number, signal: AbortSignal): Promise<void> {
    const left = (flow.expiresAt.getTime() - this.tokens.now().getTime()) / 1000;
    const hold = Math.min(Math.max(seconds, 0), left, MAX_HOLD_SECONDS);
    const waiting = this.#waiting.getOrInsertComputed(flow.tokenFlowId, () => new Set());
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, hold * 1000);
      signal.addEventListener("abort", wake);
      waiting.add(wake);
    });
  }
}

/** Case, spaces and the dash do not matter to a person who types. */
function sameCode(typed: string, code: string): boolean {
  const plain = (text: string) => text.toUpperCase().replace(/[^A-Z0-9]/g, "");
  return plain(typed) === plain(code);
}
