import type { Rule } from "../facts.ts";

/** Causes in the server itself. */
export const SERVER_RULES: readonly Rule[] = [
  {
    code: "DATABASE_AWAY",
    find: ({ failedChecks }) => {
      const check = failedChecks.find(({ name }) => name === "database");
      return check && {
        cause: "The database does not answer, so this server can neither sign anyone in nor read its events",
        cure: check.message,
        blocks: true,
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
