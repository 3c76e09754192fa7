import { fromWhere, howOften, isOf, isSignIn, spanOf, textOf, unsolved } from "../../diagnosis/evidence.ts";
import type { Rule } from "../../diagnosis/facts.ts";

/** Why a password does not sign in. */
export const PASSWORD_RULES: readonly Rule[] = [
  {
    code: "WRONG_PASSWORD",
    find: ({ user, events }) => {
      const isSolved = (event: typeof events[number]) =>
        isSignIn(event) || isOf("password.accepted", "password.changed")(event);
      const rejected = unsolved(
        events,
        (event) => event.type === "password.rejected" && textOf(event, "reason") !== "user_disabled",
        isSolved,
      );
      if (!user || rejected.length === 0) return undefined;
      return {
        cause: user.hasPassword
          ? `The password was wrong ${howOften(rejected)}${fromWhere(rejected)}`
          : `The account has no password, but one was tried ${howOften(rejected)}${fromWhere(rejected)}`,
        cure: user.emailVerifiedAt
          ? "Sign in with a mailed code, or reset the password"
          : "Try again; the password cannot be reset without a verified address",
        ...spanOf(rejected),
        events: rejected,
      };
    },
  },
];
