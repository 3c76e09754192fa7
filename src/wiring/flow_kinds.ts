import type { FlowKind } from "../flows/flow_kind.ts";
import { GOOGLE_FLOW } from "../providers/google/google_provider.ts";
import { MODAL_FLOW } from "../providers/modal/modal_provider.ts";
import { METHODS } from "../sign_in/methods.ts";

/** All kinds of flows: of the sign-in methods and of the providers. */
export const FLOW_KINDS: readonly FlowKind[] = [
  ...METHODS.flatMap(({ flow }) => flow ?? []),
  GOOGLE_FLOW,
  MODAL_FLOW,
];
