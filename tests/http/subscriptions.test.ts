import assert from "node:assert/strict";
import { sql } from "kysely";
import { SYSTEM } from "../../src/events/events.ts";
import { createOperator, revokeOperator } from "../../src/operations/operators/operators.ts";
import { newKeyring, startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { eventually, pause, within } from "../support/eventually.ts";
import { listenersAreBackAt, type Send, subscribe } from "../support/live.ts";
import { graphqlRequest, listen, post } from "../support/wire.ts";

const FLOW = "subscription ($id: ID!) { flow(id: $id) { id status steps { name } } }";
const TYPED =
  "subscription ($id: ID!) { modalTokenFlow(id: $id) { id status attempt credential { health } } }";

/** Subscriptions that stay open while the flow is open. */
const ALL = [FLOW, TYPED, "subscription { events { id } }", "subscription { tokenHealth { cursor } }"];

async function startFlow(
  app: TestApp,
  token: string,
  wait = true,
): Promise<{ id: string; tokenFlowId: string }> {
  const { data } = await post(
    app,
    `mutation ($wait: Boolean) {
      startModalTokenFlow(input: { wait: $wait }) { ... on ModalTokenFlowStarted { flow { id tokenFlowId } } }
    }`,
    { token, variables: { wait } },
  );
  return (data?.["startModalTokenFlow"] as { flow: { id: string; tokenFlowId: string } }).flow;
}

/** Creates an operator, with a function that revokes it. */
async function operator(app: TestApp, { role = "READ" as const, lifeMs = 0 } = {}) {
  const name = `watcher-${crypto.randomUUID().slice(0, 8)}`;
  const { operator: { id }, token } = await createOperator(app.services, SYSTEM, { name, role, days: 1 });
  if (lifeMs > 0) {
    const expires_at = new Date(Date.now() + lifeMs);
    await app.services.db.updateTable("operators").set({ expires_at }).where("id", "=", id).execute();
  }
  return { id, token: token.reveal(), revoke: () => revokeOperator(app.services, "command line", id) };
}

for (const [name, document] of [["flow", FLOW], ["modalTokenFlow", TYPED]] as const) {
  onEachDatabase(`${name}: the present value, then every change, then the end`, async (database) => {
    await using app = await startApp({ database });
    const base = app.services.eventLog.listeners;
    const token = await app.operatorToken();
    const { id, tokenFlowId } = await startFlow(app, token, false);
    const live = await subscribe(app.fetch, document, { token, variables: { id } });
    const status = async () => ((await live.value())[name] as { status: string }).status;
    assert.equal(await status(), "PENDING");
    await post(app, "mutation ($id: ID!) { waitForModalTokenFlow(id: $id) { __typename } }", {
      token,
      variables: { id },
    });
    assert.equal(await status(), "WAITING");
    app.modal.approve(tokenFlowId);
    const rest = (await live.ended()).map((data) => data[name] as { status: string });
    assert.equal(rest.at(-1)?.status, "SUCCEEDED");
    assert.ok(rest.slice(0, -1).every((value) => value.status === "WAITING"), JSON.stringify(rest));
    // A subscription to an ended flow sends its value once.
    const late = await subscribe(app.fetch, document, { token, variables: { id } });
    assert.deepEqual((await late.ended()).map((data) => (data[name] as { status: string }).status), [
      "SUCCEEDED",
    ]);
    await listenersAreBackAt(app, base);
  });
}

onPglite("an unknown flow is FLOW_NOT_FOUND, also with a malformed id", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken("READ");
  const base = app.services.eventLog.listeners;
  for (const document of [FLOW, TYPED]) {
    for (const id of ["flw_01jd0000000000000000000000", "crd_01jd0000000000000000000000", "x", "' or 1=1"]) {
      const live = await subscribe(app.fetch, document, { token, variables: { id } });
      assert.deepEqual(await live.refusal(), ["FLOW_NOT_FOUND"]);
      assert.deepEqual(await live.ended(), []);
    }
  }
  await listenersAreBackAt(app, base);
});

onPglite("a subscription requires a token", async (database) => {
  await using app = await startApp({ database });
  const { id } = await startFlow(app, await app.operatorToken());
  for (const document of [...ALL, "subscription { serverHealth { instanceId } }"]) {
    const live = await subscribe(app.fetch, document, { variables: { id } });
    assert.deepEqual(await live.refusal(), ["UNAUTHENTICATED"], document);
    assert.deepEqual(await live.ended(), []);
  }
});

onPglite("serverHealth sends a value at once, and then every second", async (database) => {
  await using app = await startApp({ database });
  const base = app.services.eventLog.listeners;
  const token = await app.operatorToken("READ");
  const live = await subscribe(app.fetch, "subscription { serverHealth { instanceId checks { name ok } } }", {
    token,
  });
  const first = await live.value();
  const begun = performance.now();
  await within("another value", live.value());
  assert.ok(performance.now() - begun > 500);
  assert.deepEqual((first["serverHealth"] as { checks: unknown[] }).checks, [
    { name: "database", ok: true },
    { name: "migrations", ok: true },
    { name: "event tail", ok: true },
    { name: "jobs", ok: true },
    { name: "hash queue", ok: true },
    { name: "refusals", ok: true },
    { name: "overload", ok: true },
    { name: "faults", ok: true },
    { name: "sign-ins", ok: true },
    { name: "credential refreshes", ok: true },
    { name: "latency", ok: true },
    { name: "Modal", ok: true },
    { name: "Google", ok: true },
    { name: "mail", ok: true },
    { name: "mail queue", ok: true },
    { name: "credentials", ok: true },
  ]);
  await live.leave();
  await listenersAreBackAt(app, base);
});

onPostgres("R43: a revoked operator's subscriptions end on every instance", async (database) => {
  const keys = newKeyring();
  await using one = await startApp({ database, keys });
  await using other = await startApp({ database, keys });
  const base = other.services.eventLog.listeners;
  const { id } = await startFlow(one, await one.operatorToken());
  const [revoked, kept] = [await operator(one), await operator(one)];
  const open = (app: TestApp, token: string) =>
    Promise.all(ALL.map((document) => subscribe(app.fetch, document, { token, variables: { id } })));
  const ending = [...await open(one, revoked.token), ...await open(other, revoked.token)];
  const staying = await open(other, kept.token);
  await revoked.revoke();
  const ends = await within("all end", Promise.all(ending.map((live) => live.cutShort())));
  assert.ok(ends.every(({ reason }) => reason === "SESSION_ENDED"));
  assert.equal(other.services.subscriptions.size, staying.length);
  assert.equal(one.services.subscriptions.size, 0);
  await Promise.all(staying.map((live) => live.leave()));
  await listenersAreBackAt(other, base);
});

onPostgres("R43: a subscription ends if its operator is revoked while it opens", async (database) => {
  await using app = await startApp({ database });
  const { id } = await startFlow(app, await app.operatorToken());
  const watcher = await operator(app);
  const lock = await database.open();
  const [locked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const holding = lock.db.transaction().execute(async (tx) => {
    await sql`lock table flows in access exclusive mode`.execute(tx);
    locked.resolve();
    await held.promise;
  });
  await locked.promise;
  const seen = tokensAccepted(app);
  const opening = subscribe(app.fetch, FLOW, { token: watcher.token, variables: { id } });
  while (tokensAccepted(app) === seen) await pause(5);
  await watcher.revoke();
  await app.services.eventLog.settled();
  held.resolve();
  await holding;
  await lock.close();
  const live = await opening;
  assert.equal((await within("it ends", live.cutShort())).reason, "SESSION_ENDED");
});

onPglite("R43: a subscription ends when its token expires", async (database) => {
  await using app = await startApp({ database });
  const { id } = await startFlow(app, await app.operatorToken());
  const base = app.services.eventLog.listeners;
  const watcher = await operator(app, { lifeMs: 1_500 });
  const lives = await Promise.all(
    ALL.map((document) => subscribe(app.fetch, document, { token: watcher.token, variables: { id } })),
  );
  assert.equal(app.services.subscriptions.size, ALL.length);
  const ends = await within("all end", Promise.all(lives.map((live) => live.cutShort())));
  assert.ok(ends.every(({ reason }) => reason === "TOKEN_EXPIRED"));
  await listenersAreBackAt(app, base);
});

onPglite("R43: a disconnected client's subscription is removed", async (database) => {
  await using app = await startApp({ database });
  await using server = listen(app);
  const token = await app.operatorToken();
  const { id } = await startFlow(app, token);
  const base = app.services.eventLog.listeners;
  const open = (send: Send) =>
    Promise.all(
      ALL.map((document) => subscribe(send, document, { token, variables: { id }, url: server.url })),
    );
  for (const send of [app.fetch, fetch]) {
    const lives = await open(send);
    assert.equal(app.services.subscriptions.size, ALL.length);
    await eventually("all listen", () => app.services.eventLog.listeners === base + 2 * ALL.length);
    await Promise.all(lives.map((live) => live.leave()));
    await listenersAreBackAt(app, base);
  }
});

onPglite(
  "R49: a server that drains breaks each subscription off, so that clients reconnect",
  async (database) => {
    await using app = await startApp({ database });
    const token = await app.operatorToken();
    const { id } = await startFlow(app, token);
    const health = "subscription { serverHealth { instanceId } }";
    const lives = await Promise.all(
      [...ALL, health].map((document) => subscribe(app.fetch, document, { token, variables: { id } })),
    );
    const ends = Promise.all(lives.map((live) => live.brokenOff()));
    await app.drain();
    await within("all end", ends);
  },
);

function tokensAccepted({ services: { metrics, now } }: TestApp): number {
  return metrics.recent("tokenValidations", now());
}

// On Postgres the sanitizers see what is left behind, timers too.
onEachDatabase("a subscription that is cancelled while it opens is removed", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken("READ");
  const base = app.services.eventLog.listeners;
  for (let ms = 0; ms < 20; ms++) {
    for (const field of ["serverHealth { hashQueue }", "events { id }"]) {
      const leaving = new AbortController();
      const request = graphqlRequest(`subscription { ${field} }`, {
        token,
        headers: { accept: "text/event-stream" },
      });
      const answer = Promise.resolve(app.fetch(new Request(request, { signal: leaving.signal })));
      await pause(ms);
      leaving.abort();
      await answer.then((response) => response.body?.cancel(), () => {});
    }
  }
  await listenersAreBackAt(app, base);
});
