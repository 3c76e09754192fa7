import { type Requirement, REQUIREMENTS } from "../../accounts/states/requirements.ts";
import { fromWhere, howOften, isOf, isRefusal, spanOf, textOf, unsolved } from "../evidence.ts";
import type { Rule } from "../facts.ts";

/** Causes in the account itself. */
export const ACCOUNT_RULES: readonly Rule[] = [
  {
    code: "NO_SUCH_ACCOUNT",
    find: ({ name, user, similar, events, flows, mails }) => {
      if (!name || user) return undefined;
      // A new address needs no account before its first code.
      if (name.kind === "email" && (flows.length > 0 || mails.length > 0)) return undefined;
      const tried = events.filter(isOf("password.rejected"));
      return {
        cause: `No account has the ${name.kind === "email" ? "verified address" : "name"} ${name.typed}`,
        cure: similar.length > 0
          ? `Ask whether the user means ${similar.join(" or ")}`
          : "Ask for the exact spelling, or ask the user to register",
        ...spanOf(tried),
        events: tried,
        // If there are other refusals, they explain more.
        ...(tried.length === events.length && { blocks: true }),
      };
    },
  },
  {
    code: "ACCOUNT_DISABLED",
    find: ({ user, events }) => {
      if (!user?.disabledAt) return undefined;
      const disabled = unsolved(events, isOf("user.disabled"), isOf("user.enabled")).slice(-1);
      const by = disabled[0] ? ` by ${disabled[0].actor}` : "";
      return {
        cause: `The account was disabled${by}`,
        cure: "Enable the account, if that was a mistake",
        since: user.disabledAt,
        events: disabled,
        blocks: true,
      };
    },
  },
  {
    code: "EMAIL_NOT_VERIFIED",
    find: ({ name, user, events }) => {
      if (name?.kind !== "email" || !user || user.emailVerifiedAt) return undefined;
      const asked = events.filter(isOf("email.verification_requested"));
      return {
        cause: "The address of the account is not verified, so it cannot be used to sign in",
        cure:
          "The user opens the link in the verification mail; a sign-in with a mailed code also verifies the address, but removes the account's password and sessions",
        since: user.createdAt,
        events: asked,
      };
    },
  },
  {
    code: "GUEST_NEEDS_ACCOUNT",
    find: ({ user, events }) => {
      const refused = unsolved(events, isRefusal("FORBIDDEN"), isOf("guest.upgraded"));
      if (!user?.isGuest || refused.length === 0) return undefined;
      return {
        cause: `A guest tried ${operationsOf(refused)}, which needs an account`,
        cure: "The guest registers, or signs in to an account",
        ...spanOf(refused),
        events: refused,
      };
    },
  },
  {
    code: "REQUIREMENTS_NOT_MET",
    find: ({ events }) => {
      const refused = unsolved(events, isRefusal("REQUIREMENTS_NOT_MET"), isOf("state.changed"));
      const last = refused.at(-1);
      if (!last) return undefined;
      const missing = textOf(last, "detail").split(",").filter((name) =>
        name in REQUIREMENTS
      ) as Requirement[];
      return {
        cause: `The state did not change: ${missing.join(" and ") || "a requirement"} is missing`,
        cure: missing.map((name) => REQUIREMENTS[name].remedy).join("; ") || "Check STATE_REQUIREMENTS",
        ...spanOf(refused),
        events: refused,
      };
    },
  },
  {
    code: "FORBIDDEN",
    find: ({ user, events }) => {
      const refused = events.filter((event) => isRefusal("FORBIDDEN")(event) && !textOf(event, "detail"));
      if (user?.isGuest || refused.length === 0) return undefined;
      return {
        cause: `${operationsOf(refused)} was refused ${howOften(refused)}${
          fromWhere(refused)
        }, because the caller has no permission`,
        cure: "Use an operator or a key with the right role or scope, or correct the application",
        ...spanOf(refused),
        events: refused,
      };
    },
  },
];

function operationsOf(events: Parameters<typeof spanOf>[0]): string {
  return [...new Set(events.map((event) => textOf(event, "operation")))].join(" and ");
}
