import { howOften, isRefusal, isSignIn, spanOf, unsolved } from "../evidence.ts";
import type { Rule } from "../facts.ts";

/** Causes in the server itself. */
export const SERVER_RULES: readonly Rule[] = [
  {
    code: "DATABASE_AWAY",
    find: ({ failedChecks, events }) => {
      const check = failedChecks.find(({ name }) => name === "database");
      const refused = unsolved(events, isRefusal("UNAVAILABLE"), isSignIn);
      if (!check && refused.length === 0) return undefined;
      return {
        cause: `The database did not answer, so the server refused ${
          refused.length > 0 ? `requests ${howOften(refused)}` : "all requests"
        }`,
        cure: check?.message ?? "Try again: the database answers now. Find out why it did not",
        ...spanOf(refused),
        events: refused,
        ...(check && { blocks: true }),
      };
    },
  },
  {
    code: "CHECK_FAILED",
    find: ({ failedChecks }) => {
      const failed = failedChecks.filter(({ name }) => name !== "database");
      if (failed.length === 0) return undefined;
      return {
        cause: `${failed.length === 1 ? "A health check fails" : "Health checks fail"}: ${
          failed.map(({ name }) => name).join(", ")
        }`,
        cure: failed.map(({ message }) => message).join("; "),
      };
    },
  },
];
