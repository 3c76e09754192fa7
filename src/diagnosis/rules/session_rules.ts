import { isOf, isSignIn, spanOf, textOf, unsolved } from "../evidence.ts";
import type { Rule } from "../facts.ts";

/** Why a session was ended. Reasons with a rule of their own are not listed. */
const REASONS: Record<string, string> = {
  signed_out: "the user signed out",
  revoked: "it was revoked",
  password_changed: "the password was changed",
  password_reset: "the password was reset",
  too_many: "the user had too many sessions, and this was the oldest",
  unproven: "another person verified the address of this account",
  guest_upgraded: "the guest became a user",
  guest_merged: "the guest signed in to an account",
};

/** Causes in sessions and their tokens. */
export const SESSION_RULES: readonly Rule[] = [
  {
    code: "REFRESH_TOKEN_REUSED",
    find: ({ events }) => {
      const reused = unsolved(events, isOf("session.reuse_detected"), isSignIn);
      const last = reused.at(-1);
      if (!last) return undefined;
      const used = events.findLast((event) =>
        event.sessionId === last.sessionId && isOf("session.refreshed", "session.issued")(event) &&
        event.ipAddress !== null
      );
      return {
        cause: `A refresh token was used twice, from ${used?.ipAddress ?? "an unknown address"} and from ${
          last.ipAddress ?? "an unknown address"
        }, so the session was ended`,
        cure:
          "Sign in again; if the user does not know both addresses, the token was stolen: change the password",
        ...spanOf(reused),
        events: used ? [used, ...reused] : reused,
      };
    },
  },
  {
    code: "SESSION_ENDED",
    find: ({ user, events }) => {
      const ended = unsolved(
        events,
        (event) => event.type === "session.revoked" && textOf(event, "reason") in REASONS,
        isSignIn,
      );
      const last = ended.at(-1);
      if (!last || user?.disabledAt) return undefined;
      const by = last.actor === `user:${last.userId}` ? "" : ` by ${last.actor}`;
      return {
        cause: `The session was ended${by}: ${REASONS[textOf(last, "reason")]}`,
        cure: "Sign in again",
        ...spanOf(ended),
        events: ended,
      };
    },
  },
  {
    code: "CLOCK_SKEW",
    find: ({ events }) => {
      const early = events.filter((event) =>
        event.type === "token.timing_failed" && textOf(event, "claim") !== "exp"
      );
      const last = early.at(-1);
      if (!last) return undefined;
      const seconds = Math.abs(Number(last.data["secondsSinceIat"] ?? last.data["secondsSinceNbf"] ?? 0));
      return {
        cause:
          `A token was issued ${seconds} s in the future: the clock of this server is behind that of the issuer`,
        cure: "Set the clocks of all instances with NTP",
        ...spanOf(early),
        events: early,
      };
    },
  },
];
