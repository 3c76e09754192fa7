import type { Mutation } from "../mutation.ts";

export const OPERATIONS: readonly Mutation[] = [
  {
    name: "an operator hands out a role above their own",
    file: "src/operations/operators/operators.ts",
    before: "if (!hasRole(caller, input.role)) {",
    after: "if (!hasRole(caller, input.role) && false) {",
    suites: ["operations/operators"],
  },
  {
    name: "an operator's token has no end",
    file: "src/operations/operators/operators.ts",
    before: "!operator || operator.revokedAt || operator.expiresAt <= now",
    after: "!operator || operator.revokedAt",
    suites: ["operations/operators"],
  },
  {
    name: "a proof is fresh for ten hours",
    file: "src/accounts/factors/step_up.ts",
    before: "const FRESH_MS = 10 * 60 * 1000;",
    after: "const FRESH_MS = 10 * 60 * 60 * 1000;",
    suites: ["vault/vault.", "factors/step_up", "sign_in/google_linking"],
  },
  {
    name: "an allowance does not count other instances",
    file: "src/operations/limits/allowances.ts",
    before: "count.reported = Math.max(count.reported, points);",
    after: "",
    suites: ["operations/allowances"],
  },
  {
    name: "a count that has ended goes on",
    file: "src/operations/limits/limit_store.ts",
    before: "points = case when known.expire <= ${now}::bigint then excluded.points",
    after: "points = case when false then excluded.points",
    suites: ["operations/limits."],
  },
  {
    name: "an instance takes over waits at once after an outage",
    file: "src/operations/instances/instances.ts",
    before: "if (!closed && time >= othersRenewedAt) await afterRenewal();",
    after: "if (!closed) await afterRenewal();",
    suites: ["operations/instances"],
  },
  {
    name: "a server is ready on a database of a newer one",
    file: "src/operations/health/server.ts",
    before: "ok: pending.length + unknown.length === 0,",
    after: "ok: pending.length === 0,",
    suites: ["http/http."],
  },
];
