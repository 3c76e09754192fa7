import type { Mail } from "../../accounts/mail/mail.ts";
import { isOf, isRefusal, spanOf, unsolved } from "../evidence.ts";
import type { Facts, Rule } from "../facts.ts";

/** Causes in the delivery of mail. */
export const MAIL_RULES: readonly Rule[] = [
  {
    code: "MAIL_NOT_CONFIGURED",
    find: ({ events }) => {
      const refused = unsolved(events, isRefusal("MAIL_NOT_CONFIGURED"), isOf("mail.sent"));
      if (refused.length === 0) return undefined;
      return {
        cause: "A mail was needed, and this server has no mail server configured",
        cure: "Set SMTP_URL and MAIL_FROM, and start the server again",
        ...spanOf(refused),
        events: refused,
      };
    },
  },
  {
    code: "MAIL_REFUSED",
    find: (facts) => {
      const mail = lastMail(facts, "DEAD");
      if (!mail) return undefined;
      return {
        cause: `The mail “${mail.subject}” to ${mail.to} was not delivered: ${
          mail.lastError ?? "it expired unsent"
        }`,
        cure: "Check the address and the answer of the mail server, then ask for a new mail",
        since: mail.createdAt,
        events: eventsOf(facts, mail),
      };
    },
  },
  {
    code: "MAIL_RETRYING",
    find: (facts) => {
      const mail = lastMail(facts, "RETRYING");
      if (!mail) return undefined;
      return {
        cause: `The mail “${mail.subject}” to ${mail.to} failed ${mail.attempts} ${
          mail.attempts === 1 ? "time" : "times"
        }: ${mail.lastError ?? "no answer"}`,
        cure: `The server tries again${
          facts.mailRetryAt ? ` at ${facts.mailRetryAt.toISOString()}` : ""
        }. Check the mail server; \`resendMail\` tries at once`,
        since: mail.createdAt,
        until: mail.expiresAt,
        events: eventsOf(facts, mail),
      };
    },
  },
];

/** Returns the newest mail, if it has this status. */
function lastMail({ mails }: Facts, status: Mail["status"]): Mail | undefined {
  const last = mails.at(-1);
  return last?.status === status ? last : undefined;
}

function eventsOf({ events }: Facts, { id }: Mail) {
  return events.filter(({ data }) => data["mailId"] === id);
}
