import type { AuthErrorClass } from "../lib/errors.ts";
import type { Flow, FlowChange } from "./flows.ts";

/** A kind of flow, described by the sign-in method or provider that starts such flows. */
export type FlowKind = {
  /** The name in stored flows and in the API; the GraphQL type of `MODAL_TOKEN` is `ModalTokenFlow`. */
  kind: string;
  /** Returns the change that ends an expired flow. Default: `expiry`, which sets EXPIRED. */
  ending?: (flow: Flow) => FlowChange;
  /** After how many days flows of this kind are deleted. Default: never. */
  keptDays?: number;
  /** The errors of completing one, besides those of every change of a flow. */
  refusals?: readonly AuthErrorClass[];
};
