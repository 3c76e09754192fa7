import { graphql } from "../../src/client/operator/graphql.ts";
import assert from "node:assert/strict";
import { sql } from "kysely";
import type { Client } from "../../src/client/operator/client.ts";
import { newId } from "../../src/lib/ids.ts";
import { inTransaction } from "../../src/events/transaction.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { eventually, pause, within } from "../support/eventually.ts";
import { FollowEvents, nameOf, numbered, record, START } from "../support/logged_events.ts";
import { cancel, codeOf, type flowWhen, readFlow, StartFlow, startFlow } from "../support/modal_flows.ts";
import { causeOf } from "../support/diagnoses.ts";
import { newPerson, signIn } from "../support/people.ts";
import { onOwnCluster } from "../support/own_cluster.ts";
import { newRootSecret, runCommand, temporaryFolder } from "../support/server_process.ts";

const Credentials = graphql(`query CredentialsAway { credentials { nodes { id health } } }`);

onOwnCluster("R48: waiting flows and a subscriber continue after a Postgres restart", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const [one, other] = [await startFlow(operator), await startFlow(operator)];
  await eventually("both polls", () => app.modal.callsUnderWay() === 2);
  const flowId = newId("flw");
  const names = numbered("", 60);
  const subscribed = readThroughFaults(operator, flowId, names.length);
  const written = writeThroughFaults(app, flowId, names);
  await pause(100);
  await database.cluster.restartImmediately();
  app.modal.approve(one.tokenFlowId);
  await flowWhenBack(operator, one.id, "SUCCEEDED");
  app.modal.approve(other.tokenFlowId);
  await flowWhenBack(operator, other.id, "SUCCEEDED");
  await within("all writes", written);
  assert.deepEqual(await within("all events", subscribed), names);
  await eventually("it is ready", async () => (await readiness(app)) === 200, BACK_SECONDS);
});

onOwnCluster("R36: tokens survive a database outage between Modal's grant and commit", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id, tokenFlowId } = await startFlow(operator);
  await eventually("the poll", () => app.modal.callsUnderWay() === 1);
  await database.cluster.stopImmediately();
  try {
    app.modal.approve(tokenFlowId);
    await eventually("Modal has granted", () => app.modal.flows.get(tokenFlowId)?.state === "collected");
    await pause(500);
  } finally {
    await database.cluster.start();
  }
  const flow = await flowWhenBack(operator, id, "SUCCEEDED");
  assert.equal(flow.credential?.tokenId, [...app.modal.tokens.keys()][0]);
  assert.equal(flow.credential?.health, "HEALTHY");
});

onOwnCluster("without its database the server is UNAVAILABLE, and recovers afterwards", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id } = await startFlow(operator, { wait: false });
  const before = app.modal.calls.length;
  await database.cluster.stopImmediately();
  try {
    for (const refused of [operator.request(Credentials, {}), readFlow(operator, id)]) {
      await assert.rejects(refused, { code: "UNAVAILABLE", message: "Cannot reach the database" });
    }
    assert.equal(codeOf(await cancel(operator, id)), "UNAVAILABLE");
    assert.equal(codeOf((await operator.request(StartFlow, {})).startModalTokenFlow), "UNAVAILABLE");
    assert.equal(codeOf(await cancel(app.client(), id)), "UNAUTHENTICATED");
    assert.equal(app.modal.calls.length, before, "Modal is not called if the result could not be stored");
    assert.equal(await readiness(app), 503);
    assert.equal((await app.fetch(new Request("http://localhost/healthz"))).status, 200);
  } finally {
    await database.cluster.start();
  }
  await eventually("it is ready", async () => (await readiness(app)) === 200, BACK_SECONDS);
  assert.equal((await cancel(operator, id)).__typename, "FlowChanged");
});

onOwnCluster("DATABASE_AWAY: an operator learns afterwards why a sign-in failed", async (database) => {
  await using app = await startApp({ database });
  const { username } = await newPerson(app);
  await database.cluster.stopImmediately();
  try {
    assert.equal((await signIn(app, username)).code, "UNAVAILABLE");
    await app.services.refusals.written();
  } finally {
    await database.cluster.start();
  }
  await eventually("it is ready", async () => (await readiness(app)) === 200, BACK_SECONDS);
  const { cause } = await causeOf(app, username, "DATABASE_AWAY");
  assert.match(cause, /refused requests once/);
});

Deno.test("a server that cannot reach its database reports it and exits", async () => {
  await using folder = await temporaryFolder();
  const env = { DATABASE_URL: "postgres://postgres@127.0.0.1:9/none", SALLYPORT_SECRET: newRootSecret() };
  const { code, output } = await runCommand(["serve"], folder.path, env);
  assert.equal(code, 1);
  assert.match(output, /^Cannot reach the database/);
});

async function readiness(app: TestApp): Promise<number> {
  return (await app.fetch(new Request("http://localhost/readyz"))).status;
}

/** Like `flowWhen`, but tolerates a database outage. */
function flowWhenBack(client: Client, id: string, status: Parameters<typeof flowWhen>[2]) {
  return eventually(`the flow is ${status}`, async () => {
    const flow = await readFlow(client, id).catch(() => undefined);
    return flow?.status === status && flow;
  }, BACK_SECONDS);
}

/** The names of the flow's first `count` events, from a subscriber that resumes from its cursor. */
async function readThroughFaults(client: Client, flowId: string, count: number): Promise<string[]> {
  const names: string[] = [];
  let after = START;
  while (true) {
    try {
      for await (const { events: event } of client.subscribe(FollowEvents, { flowId, after })) {
        names.push(nameOf(event.data));
        after = event.cursor;
        if (names.length === count) return names;
      }
    } catch {
      await pause(50);
    }
  }
}

/** Writes each name, and retries until it is committed. Before a retry, checks whether a lost answer was a commit. */
async function writeThroughFaults({ services }: TestApp, flowId: string, names: string[]): Promise<void> {
  for (const name of names) {
    let written = false;
    for (let tries = 0; !written; tries++) {
      try {
        written = tries > 0 && await isWritten(services.db, flowId, name);
        if (!written) await inTransaction(services, (tx) => record(tx.db, flowId, name));
        written = true;
      } catch {
        await pause(50);
      }
    }
    await pause(10);
  }
}

/** R48: the time until everything works after Postgres is back. */
const BACK_SECONDS = 10;

async function isWritten(db: TestApp["services"]["db"], flowId: string, name: string): Promise<boolean> {
  const { rows } = await sql`
    select from events where flow_id = ${flowId} and data->>'step' = ${name}
    union all select from unsequenced_events where flow_id = ${flowId} and data->>'step' = ${name}`.execute(
    db,
  );
  return rows.length > 0;
}
