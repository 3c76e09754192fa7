import type { AuthErrorClass } from "../lib/errors.ts";
import type { Flow, FlowChange } from "./flows.ts";

/** A kind of flow. The sign-in method or provider that starts such flows describes it. */
export type FlowKind = {
  /** As stored flows and the API call it; the GraphQL type of `MODAL_TOKEN` is `ModalTokenFlow`. */
  kind: string;
  /** How a flow ends whose time is over; it is EXPIRED when left out. */
  ending?: (flow: Flow) => FlowChange;
  /** Whether old flows are deleted. */
  pruned: boolean;
  /** The errors of completing one, besides those of every change of a flow. */
  refusals?: readonly AuthErrorClass[];
};
