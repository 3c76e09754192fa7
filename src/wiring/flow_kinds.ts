import { SECOND_FACTOR } from "../accounts/factors/factor_terms.ts";
import type { FlowKind } from "../flows/flow_kind.ts";
import { ANY_PROVIDERS } from "../providers/providers.ts";
import { ANY_METHODS } from "../sign_in/methods.ts";

/** All kinds of flows: of second factors, of the sign-in methods and of the providers. */
export const FLOW_KINDS: readonly FlowKind[] = [
  // A stranger who knows a password can start hundreds an hour, so they are not kept for longer than a diagnosis needs.
  { kind: SECOND_FACTOR, keptDays: 1 },
  ...ANY_METHODS.flatMap(({ flow }) => flow ?? []),
  ...ANY_PROVIDERS.map(({ flow }) => flow),
];
