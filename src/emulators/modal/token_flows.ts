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
  /** Whether the code must be typed on the page before approval. */
  codeRequired: boolean;
  expiresInSeconds: number;
  expiresAt: Date;
  state: FlowState;
};

/** The reason why a decision was refused. */
export type NotDecided = "unknown" | "decided" | "wrong_code";

/** Longer than any client asks for, and within the range of `setTimeout`. */
const MAX_HOLD_SECONDS = 600;

/** The flows of the emulator, and the calls that wait for them. */
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

  /** The flow with this id, with its state updated to the present time. */
  find(tokenFlowId: string): EmulatedFlow | undefined {
    const flow = this.all.get(tokenFlowId);
    if (flow?.state === "open" && flow.expiresAt <= this.tokens.now()) flow.state = "expired";
    return flow;
  }

  /** Decides an open flow and wakes the calls that wait for it. `typedCode` is the code from the page. */
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
   * Waits until the flow is decided, `seconds` have passed, or `signal` aborts. Returns the token, once, or undefined
   * while the flow is open. Throws `Refusal` for a flow that has ended. A client that does not answer a ping gets no
   * token: the connection of a killed process stays open for a moment.
   */
  async wait(
    id: string,
    waitSecret: string,
    seconds: number,
    { signal, isClientThere }: { signal: AbortSignal; isClientThere: () => Promise<boolean> },
  ): Promise<EmulatedToken | undefined> {
    const flow = this.find(id);
    // One error for both: a flow's id is public, and the answer must not show whether the secret was right.
    if (!flow || flow.waitSecret !== waitSecret) throw new Refusal(status.NOT_FOUND, "Token flow not found");
    if (flow.state === "open" && !signal.aborted) await this.#hold(flow, seconds, signal);
    // If the client is gone, the token stays for its next call.
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

/** Compares codes without case, spaces and dashes. */
function sameCode(typed: string, code: string): boolean {
  const plain = (text: string) => text.toUpperCase().replace(/[^A-Z0-9]/g, "");
  return plain(typed) === plain(code);
}
