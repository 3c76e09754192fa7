import { isOf, isRefusal, isSignIn, spanOf, textOf, unsolved } from "../evidence.ts";
import type { Facts, Rule } from "../facts.ts";

/** Causes in mailed links. */
export const LINK_RULES: readonly Rule[] = [
  {
    code: "LINK_USED",
    find: (facts) => {
      const refused = refusedLinks(facts, "link_used");
      const last = refused.at(-1);
      if (!last) return undefined;
      const use = facts.events.findLast((event) =>
        isOf("email.verified", "password.changed")(event) && event.at <= last.at
      );
      const where = use?.ipAddress ? ` from ${use.ipAddress}` : "";
      return {
        cause:
          `A mailed link did not work, because it or another one of its kind had been used before${where}`,
        cure:
          "Ask for a new mail; if the user did not use the link, another person may read the mail: change the password",
        ...spanOf(refused),
        events: use ? [use, ...refused] : refused,
      };
    },
  },
  {
    code: "LINK_EXPIRED",
    find: (facts) => {
      const refused = refusedLinks(facts, "link_expired");
      if (refused.length === 0) return undefined;
      return {
        cause: "A mailed link was opened after it had expired",
        cure: "Ask for a new mail, and open its link in time",
        ...spanOf(refused),
        events: refused,
      };
    },
  },
];

function refusedLinks({ events }: Facts, detail: string) {
  return unsolved(
    events,
    (event) => isRefusal("CODE_REJECTED")(event) && textOf(event, "detail") === detail,
    isSignIn,
  );
}
