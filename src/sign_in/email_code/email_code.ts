import { recordEvent, SYSTEM } from "../../events/events.ts";
import {
  changeFlow,
  type Flow,
  type FlowChange,
  FlowNotFound,
  hasEnded,
  lockFlow,
  subjectsOf,
} from "../../flows/flows.ts";
import type { Charge, HasLimits } from "../../operations/limits/limits.ts";
import type { MailOutcome } from "../../accounts/mail/send_mail.ts";
import type { Mail } from "../../accounts/mail/mail.ts";
import { nextMailAt } from "../../accounts/mail/mail_limits.ts";
import type { Tx } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { Caller } from "../../operations/caller.ts";
import { CODE_LIMITS, EMAIL_CODE } from "./email_code_terms.ts";
import { type EmailCodeFlow, intervalKey } from "./request_code.ts";

export { attemptsLeft, pruneCodes } from "./email_code_store.ts";

/** Narrows `flow` to an e-mail code flow. Throws `FlowNotFound` for any other kind. */
export function asEmailCodeFlow(flow: Flow): EmailCodeFlow {
  if (flow.kind !== EMAIL_CODE) throw new FlowNotFound();
  return flow as EmailCodeFlow;
}

/** Records the outcome of the mail with the code on its flow. */
export async function noteMailOnFlow(
  tx: Tx<HasDatabase & HasClock>,
  { flowId, attempts }: Mail,
  outcome: MailOutcome,
): Promise<void> {
  const flow = flowId === null ? undefined : await lockFlow(tx.db, flowId);
  if (!flow || flow.kind !== EMAIL_CODE || hasEnded(flow)) return;
  await changeFlow(tx, SYSTEM, flow, changeOf(outcome, attempts));
  if (outcome === "sent") recordEvent(tx, "email_code.sent", SYSTEM, subjectsOf(flow), {});
}

function changeOf(outcome: MailOutcome, attempts: number): FlowChange {
  const step = (name: string, message: string) => ({ steps: [{ name, message, data: { attempts } }] });
  switch (outcome) {
    case "sent":
      return step("mail_sent", "The mail server has taken the mail");
    case "retrying":
      return step("mail_delayed", "The mail server did not take the mail; it will be tried again");
    case "refused": {
      const message = "The mail server refuses the mail for good";
      const actionRequired = "Check the address, and ask for another code";
      return {
        ...step("mail_refused", message),
        status: "FAILED",
        failure: { code: "PROVIDER_UNAVAILABLE", message, actionRequired },
      };
    }
  }
}

/** Returns the earliest time at which this caller may request another code for the flow's address. */
export async function resendAt(
  services: HasDatabase & HasLimits & HasClock,
  caller: Caller,
  { detail: { email } }: EmailCodeFlow,
): Promise<Date> {
  const key = email.toLowerCase();
  const interval: Charge = [CODE_LIMITS.codeInterval, intervalKey({ typed: email, key }, caller)];
  return await nextMailAt(services, caller, "code", key, [interval]) ?? services.now();
}
