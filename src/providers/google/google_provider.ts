import type { Check } from "../../operations/health/server.ts";
import type { FlowKind } from "../../flows/flow_kind.ts";
import type { ProviderAdapter } from "../../vault/provider.ts";
import type { GoogleApi } from "./api/google_api.ts";
import { endOfAuthorization } from "./connect/google_state.ts";
import { googleTokens } from "./credential/google_refresh.ts";
import { revokeGrantsOf } from "./credential/revoke_google.ts";

/** Flows that end with a grant of Google's. */
export const GOOGLE_FLOW: FlowKind = {
  kind: "GOOGLE_AUTHORIZATION",
  ending: endOfAuthorization,
  pruned: true,
};

/** Google, as the rooms that know no provider use it. */
export function googleProvider(google: GoogleApi): ProviderAdapter {
  return {
    id: "GOOGLE",
    tokens: googleTokens(google),
    check: () => googleCheck(google),
    revokeGrantsOf: (services, userId) => revokeGrantsOf({ ...services, google }, userId),
  };
}

/** Checks that Google answers, if it is configured. */
export async function googleCheck(google: GoogleApi): Promise<Check> {
  if (!google.configured) return { name: "Google", ok: true, message: "Not configured: not available" };
  try {
    const { latencyMs } = await google.reach();
    return { name: "Google", ok: true, message: `Answers in ${Math.round(latencyMs)} ms` };
  } catch (error) {
    return { name: "Google", ok: false, message: error instanceof Error ? error.message : "Unknown" };
  }
}
