import { spanOf } from "../../diagnosis/evidence.ts";
import type { Facts, Found, Rule } from "../../diagnosis/facts.ts";
import type { Flow } from "../../flows/flows.ts";
import { MODAL_TOKEN } from "./modal_terms.ts";

/** Why a Modal account is not connected. */
export const MODAL_RULES: readonly Rule[] = [
  {
    code: "MODAL_UNREACHABLE",
    find: (facts) =>
      aboutLastFlow(facts, (flow) => {
        const failing = lastPollFailed(flow);
        if (!failing && flow.failure?.code !== "PROVIDER_UNAVAILABLE") return undefined;
        return {
          cause: `Modal could not be reached: ${
            failing ? flow.steps.at(-1)?.message : flow.failure?.message
          }`,
          cure: failing
            ? "Look at Modal's status and MODAL_SERVER_URL; the server keeps trying until the flow ends"
            : "Look at Modal's status and MODAL_SERVER_URL, then start a new flow",
        };
      }),
  },
  {
    code: "MODAL_REFUSED",
    find: (facts) =>
      aboutLastFlow(
        facts,
        ({ status, failure }) =>
          status !== "FAILED" || failure?.code === "PROVIDER_UNAVAILABLE" ? undefined : {
            cause: `Modal rejected the flow: ${failure?.message ?? "it gave no reason"}`,
            cure: failure?.actionRequired ?? "Start a new flow",
          },
      ),
  },
  {
    code: "MODAL_TIMED_OUT",
    find: (facts) =>
      aboutLastFlow(
        facts,
        ({ status, failure }) =>
          failure?.code === "PROVIDER_UNAVAILABLE" || (status !== "TIMED_OUT" && status !== "EXPIRED")
            ? undefined
            : {
              cause: `Modal's page was not approved in time: ${failure?.message ?? "the flow ended"}`,
              cure: status === "TIMED_OUT"
                ? "Continue the flow; the user then approves it on Modal's page"
                : "Start a new flow; the user then approves it on Modal's page",
            },
      ),
  },
  {
    code: "MODAL_WAITING",
    find: (facts) =>
      aboutLastFlow(
        facts,
        (flow) =>
          !["PENDING", "WAITING"].includes(flow.status) || lastPollFailed(flow) ? undefined : {
            cause: "A Modal flow waits for approval",
            cure: "The user opens Modal's page, which the application shows, and approves it there",
          },
      ),
  },
];

function lastPollFailed({ status, steps }: Flow): boolean {
  return status === "WAITING" && steps.at(-1)?.name === "unreachable";
}

/** Applies `say` to the newest Modal flow. */
function aboutLastFlow(
  { flows, events }: Facts,
  say: (flow: Flow) => Pick<Found, "cause" | "cure"> | undefined,
): Found | undefined {
  const flow = flows.findLast(({ kind }) => kind === MODAL_TOKEN);
  const said = flow && say(flow);
  if (!said) return undefined;
  const own = events.filter(({ flowId }) => flowId === flow.id);
  return { ...said, ...spanOf(own), since: flow.createdAt, until: flow.expiresAt, events: own };
}
