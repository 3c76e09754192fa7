import type { Check } from "../../operations/health/server.ts";
import type { FlowKind } from "../../flows/flow_kind.ts";
import type { ProviderAdapter } from "../../vault/provider.ts";
import { explained, type ModalStatus } from "./api/modal_status.ts";

/** Flows that end with a token of Modal's. */
export const MODAL_FLOW: FlowKind = { kind: "MODAL_TOKEN", pruned: false };

/** Modal's tokens do not expire, and only their owner can end them at Modal. */
export function modalProvider(status: () => Promise<ModalStatus>): ProviderAdapter {
  return { id: "MODAL", check: () => modalCheck(status) };
}

/** Whether Modal can be reached. */
export async function modalCheck(status: () => Promise<ModalStatus>): Promise<Check> {
  const { reached, error } = await status();
  return reached
    ? { name: "Modal", ok: true, message: `Answers in ${Math.round(reached.latencyMs)} ms` }
    : { name: "Modal", ok: false, message: explained(error) };
}
