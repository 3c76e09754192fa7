import type { AuthEvent } from "../../events/events.ts";
import type { Credential } from "../../vault/vault.ts";
import { isOf, isRefusal, spanOf, textOf, unsolved } from "../evidence.ts";
import type { Facts, Rule } from "../facts.ts";

/** Causes in connected accounts. */
export const CREDENTIAL_RULES: readonly Rule[] = [
  {
    code: "CREDENTIAL_NEEDS_AUTHORIZATION",
    find: (facts) => {
      const credential = facts.credentials.find(({ health }) => health === "REAUTHORIZATION_REQUIRED");
      if (!credential) return undefined;
      const proof = eventsOf(facts, credential, "credential.health_changed")
        .filter(({ data }) => data["current"] === "REAUTHORIZATION_REQUIRED");
      return {
        cause: `The ${credential.provider} account ${credential.label} must be authorised again: ${
          credential.lastFailure ?? (textOf(proof.at(-1), "reason") || "its tokens have expired")
        }`,
        cure: "The user connects the account again",
        since: proof.at(-1)?.at ?? credential.lastCheckedAt,
        events: proof,
      };
    },
  },
  {
    code: "PROVIDER_UNREACHABLE",
    find: (facts) => {
      const credential = facts.credentials.find(({ refreshFailures, health }) =>
        refreshFailures > 0 && health !== "REVOKED"
      );
      const refused = unsolved(
        facts.events,
        (event) => isRefusal("PROVIDER_UNAVAILABLE")(event) && !hasFailedFlow(facts, event),
        isOf("credential.refreshed", "credential.created", "credential.verified", "session.issued"),
      );
      if (!credential && refused.length === 0) return undefined;
      const proof = credential ? eventsOf(facts, credential, "credential.refresh_failed") : [];
      const said = credential?.lastFailure ?? "it did not answer";
      return {
        cause: credential
          ? `${credential.provider} could not be reached to refresh ${credential.label}: ${said}`
          : `${textOf(refused.at(-1), "operation")} failed: the provider could not be reached`,
        cure: "Check the provider's status and this server's network, then try again",
        ...spanOf([...proof, ...refused]),
        events: [...proof, ...refused],
      };
    },
  },
];

/** Whether a flow failed in the same request. The rules for the flow then say more. */
function hasFailedFlow({ events }: Facts, { requestId }: AuthEvent): boolean {
  return events.some((event) => event.type === "flow.failed" && event.requestId === requestId);
}

function eventsOf({ events }: Facts, { id }: Credential, type: string) {
  return events.filter((event) => event.credentialId === id && event.type === type);
}
