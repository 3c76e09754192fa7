import assert from "node:assert/strict";
import { sql } from "kysely";
import { startApp, type TestApp } from "../support/app.ts";
import { metric } from "../support/callers.ts";
import { crafted, seconds } from "../support/crafted_tokens.ts";
import { onEachDatabase } from "../support/databases.ts";
import { newPerson, viewerOf } from "../support/people.ts";
import { newProvenPerson, transition, transitionUser } from "../support/states.ts";
import { post } from "../support/wire.ts";

/**
 * The counters of the four metrics (tokens, token timing, database, states): names in `metrics`, series in `/metrics`.
 */
const COUNTERS = {
  tokenValidations: "token_validations_total",
  tokenValidationFailures: "token_validation_failures_total",
  timingFailures: "timing_failures_total",
  databaseOperations: "database_operations_total",
  databaseFailures: "database_failures_total",
  stateTransitions: "state_transitions_total",
  stateTransitionFailures: "state_transition_failures_total",
};

type Counter = keyof typeof COUNTERS;
type Counts = Record<Counter, number>;

async function countsOf(app: TestApp, token: string): Promise<{ metrics: Counts; prometheus: Counts }> {
  const prometheus = Object.fromEntries(
    await Promise.all(
      Object.entries(COUNTERS).map(async ([name, series]) => [name, await metric(app, series)]),
    ),
  ) as Counts;
  const { data, text } = await post(app, `{ metrics { ${Object.keys(COUNTERS).join(" ")} } }`, { token });
  assert.ok(data, text);
  return { metrics: data["metrics"] as Counts, prometheus };
}

onEachDatabase(
  "each of the four metrics counts its events, in /metrics and in metrics",
  async (database) => {
    await using app = await startApp({ database });
    const [ada, proven] = [await newPerson(app), await newProvenPerson(app)];
    const reader = await app.operatorToken("READ");
    const operator = await app.operatorToken("OPERATE");
    const deeds: [what: string, deed: () => Promise<unknown>, counted: Partial<Counts>][] = [
      ["a good token", () => viewerOf(app, ada.accessToken), { tokenValidations: 1 }],
      ["a bad token", () => viewerOf(app, `${ada.accessToken}x`), { tokenValidationFailures: 1 }],
      ["no token", () => post(app, "{ viewer { id } }"), {}],
      ["a transition", () => transition(app, proven.accessToken, "PAYMENT"), {
        tokenValidations: 1,
        stateTransitions: 1,
      }],
      ["an operator's", () => transitionUser(app, operator, proven.id, "AUTH"), {
        tokenValidations: 1,
        stateTransitions: 1,
      }],
      ["one not allowed", () => transition(app, proven.accessToken, "AUTH"), {
        tokenValidations: 1,
        stateTransitionFailures: 1,
      }],
      ["one whose requirements are not met", () => transition(app, ada.accessToken, "PAYMENT"), {
        tokenValidations: 1,
        stateTransitionFailures: 1,
      }],
      ["signing in as a new user", () => newPerson(app), { stateTransitions: 1 }],
      ["a statement that fails", async () => {
        const { db } = app.services;
        await sql`alter table users rename to hidden`.execute(db);
        await transition(app, ada.accessToken, "VISITOR").catch(() => {});
        await sql`alter table hidden rename to users`.execute(db);
      }, { tokenValidations: 1, databaseFailures: 1 }],
      ["a token that is over", () => {
        const at = seconds(app);
        return viewerOf(app, crafted(app, ada, { iat: at - 960, nbf: at - 960, exp: at - 60 }));
      }, { tokenValidationFailures: 1, timingFailures: 1 }],
    ];
    for (const [what, deed, counted] of deeds) {
      const before = await countsOf(app, reader);
      await deed();
      const after = await countsOf(app, reader);
      for (const name of Object.keys(COUNTERS) as Counter[]) {
        if (name === "databaseOperations") continue;
        const expected = counted[name] ?? 0;
        // Reading `metrics` takes a token itself.
        const own = name === "tokenValidations" ? 1 : 0;
        assert.equal(after.prometheus[name] - before.prometheus[name], expected + own, `${what}: ${name}`);
        assert.equal(
          after.metrics[name] - before.metrics[name],
          expected + own,
          `${what}: ${name} in metrics`,
        );
      }
      const operations = after.prometheus.databaseOperations - before.prometheus.databaseOperations;
      assert.ok(operations > 0 && after.metrics.databaseOperations > before.metrics.databaseOperations, what);
    }
  },
);
