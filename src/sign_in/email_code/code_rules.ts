import { howOften, isOf, isRefusal, isSignIn, spanOf, unsolved } from "../../diagnosis/evidence.ts";
import type { Facts, Found, Rule } from "../../diagnosis/facts.ts";
import type { Flow } from "../../flows/flows.ts";
import { EMAIL_CODE } from "./email_code_terms.ts";

const ASK_AGAIN = "Ask for a new code, and type the code from the newest mail";

/** What a user does with a code. The events of its mail and of its expiry come later. */
const isTry = isOf("email_code.requested", "email_code.rejected", "sign_in.refused", "request.refused");

/** Why an e-mailed code does not sign in. */
export const CODE_RULES: readonly Rule[] = [
  {
    code: "CODE_USED_UP",
    find: (facts) =>
      aboutLastCode(facts, "FAILED", (flow) => ({
        cause: `The code mailed to ${addressOf(flow)} was rejected after too many wrong tries`,
        cure: ASK_AGAIN,
      })),
  },
  {
    code: "CODE_EXPIRED",
    find: (facts) =>
      aboutLastCode(facts, "EXPIRED", expiry) ??
        aboutLastCode(facts, "WAITING", (flow) => flow.expiresAt <= facts.now ? expiry(flow) : undefined),
  },
  {
    code: "WRONG_CODE",
    find: (facts) =>
      aboutLastCode(facts, "WAITING", (_flow, tries) => {
        const wrong = tries.filter(({ type }) => type === "email_code.rejected");
        const left = wrong.at(-1)?.data["attemptsLeft"];
        return wrong.length === 0 ? undefined : {
          cause: `A wrong code was typed ${howOften(wrong)}; tries left: ${left}`,
          cure: "Type the code from the newest mail",
        };
      }),
  },
  {
    code: "CODE_USED",
    find: (facts) =>
      aboutLastCode(facts, "SUCCEEDED", (_flow, tries) => {
        const again = tries.filter(isRefusal("CODE_REJECTED"));
        return again.length === 0 ? undefined : {
          cause: `A code was typed again ${howOften(again)} after it had signed in`,
          cure: ASK_AGAIN,
        };
      }),
  },
];

function expiry(flow: Flow) {
  return {
    cause: `The code mailed to ${addressOf(flow)} was not typed in time`,
    cure: ASK_AGAIN,
  };
}

function addressOf({ detail }: Flow): string {
  return String(detail["email"]);
}

/**
 * Applies `say` to the newest code if its flow has this status, and to what the user did with it since the last sign-in.
 * If its mail was not delivered, that is the cause.
 */
function aboutLastCode(
  { flows, events, mails }: Facts,
  status: Flow["status"],
  say: (flow: Flow, tries: Facts["events"]) => Pick<Found, "cause" | "cure"> | undefined,
): Found | undefined {
  const flow = flows.findLast(({ kind }) => kind === EMAIL_CODE);
  if (flow?.status !== status) return undefined;
  const mail = mails.findLast(({ flowId }) => flowId === flow.id);
  if (mail && (mail.status === "DEAD" || mail.status === "RETRYING")) return undefined;
  const own = events.filter(({ flowId }) => flowId === flow.id);
  const tries = unsolved(events, (event) => event.flowId === flow.id && isTry(event), isSignIn);
  if (tries.length === 0) return undefined;
  const said = say(flow, tries);
  return said && { ...said, ...spanOf(own), events: own };
}
