import assert from "node:assert/strict";
import { sql } from "kysely";
import type { Client } from "../../src/client/operator/client.ts";
import { graphql } from "../../src/client/operator/graphql.ts";
import { Unavailable } from "../../src/lib/errors.ts";
import { newId } from "../../src/lib/ids.ts";
import { inTransaction, type Tx } from "../../src/events/transaction.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onPostgres } from "../support/databases.ts";
import { eventually, pause, within } from "../support/eventually.ts";
import { FollowEvents, nameOf, numbered, record, START } from "../support/logged_events.ts";
import {
  cancel,
  codeOf,
  type flowWhen,
  readFlow,
  StartFlow,
  startFlow,
  wait,
} from "../support/modal_flows.ts";
import { onOwnCluster } from "../support/own_cluster.ts";
import { newRootSecret, runCommand, temporaryFolder } from "../support/server_process.ts";
import { administer, databaseUrl } from "../support/templates.ts";

/** R48: so soon after Postgres is back, so is everything. */
const BACK_SECONDS = 10;

const Credentials = graphql(`query Credentials { credentials { nodes { id health } } }`);

onOwnCluster("R48: Postgres restarts under waiting flows and a subscriber: both go on", async (database) => {
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

onOwnCluster("R36: no database between Modal's grant and our commit: tokens are kept", async (database) => {
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

onOwnCluster("without its database the server is UNAVAILABLE, and well once it is back", async (database) => {
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
    assert.equal(app.modal.calls.length, before, "Modal is not asked for what could not be stored");
    assert.equal(await readiness(app), 503);
    assert.equal((await app.fetch(new Request("http://localhost/healthz"))).status, 200);
  } finally {
    await database.cluster.start();
  }
  await eventually("it is ready", async () => (await readiness(app)) === 200, BACK_SECONDS);
  assert.equal((await cancel(operator, id)).__typename, "FlowChanged");
});

onPostgres("on a read-only database one reads, and every change says why not", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id } = await startFlow(operator, { wait: false });
  await setReadOnly(database.url ?? "", true);
  const calls = app.modal.calls.length;
  const readOnly = "Cannot store this: the database is read-only";
  // The first to use a connection that was cut off hears of that instead.
  await eventually("the connections are new", async () => messageOf(await cancel(operator, id)) === readOnly);
  assert.equal(messageOf(await wait(operator, id)), readOnly);
  const { startModalTokenFlow: answer } = await operator.request(StartFlow, {});
  assert.equal(codeOf(answer), "UNAVAILABLE");
  assert.equal(messageOf(answer), readOnly);
  assert.equal(app.modal.calls.length, calls, "Modal is not asked for what could not be stored");
  assert.equal((await readFlow(operator, id)).status, "PENDING");
  await setReadOnly(database.url ?? "", false);
  await eventually(
    "it can be changed",
    async () => (await cancel(operator, id)).__typename === "FlowChanged",
  );
});

onPostgres("a connection that dies within a transaction fails that one alone", async (database) => {
  await using app = await startApp({ database });
  const dying = inTransaction(app.services, async (tx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx.db);
    await administer(database.url ?? "", `select pg_terminate_backend(${rows[0]?.pid})`);
    // The server hears of it while nothing is being asked.
    await pause(200);
    await sql`select 1`.execute(tx.db);
  });
  await assert.rejects(dying, Unavailable);
  const operator = await app.operator();
  assert.deepEqual((await operator.request(Credentials, {})).credentials.nodes, []);
});

onPostgres(
  "behind a pooler that forgets prepared statements one transaction fails, and none after it",
  async (database) => {
    await using app = await startApp({ database });
    const select = async (tx: Tx<TestApp["services"]>, n: number) =>
      (await sql<{ n: number }>`select ${n}::int as n`.execute(tx.db)).rows[0]?.n;
    /** What comes of it, and how many statements its connection has prepared by then. */
    const change = (n: number, forget = false) =>
      inTransaction(app.services, async (tx) => {
        await select(tx, n);
        // As when the pooler hands out another connection of its own.
        if (forget) await sql`deallocate all`.execute(tx.db);
        const selected = await select(tx, n);
        const { rows: prepared } = await sql`select * from pg_prepared_statements`.execute(tx.db);
        return { selected, prepared: prepared.length };
      });
    for (let n = 0; n < 10; n++) assert.equal((await change(n)).selected, n);
    assert.ok((await change(10)).prepared > 0);
    await assert.rejects(change(11, true), Unavailable);
    for (let n = 12; n < 31; n++) assert.deepEqual(await change(n, true), { selected: n, prepared: 0 });
  },
);

Deno.test("a server without its database says so, and ends", async () => {
  await using folder = await temporaryFolder();
  const env = { DATABASE_URL: "postgres://postgres@127.0.0.1:9/none", SALLYPORT_SECRET: newRootSecret() };
  const { code, output } = await runCommand(["serve"], folder.path, env);
  assert.equal(code, 1);
  assert.match(output, /^Cannot reach the database/);
});

function messageOf(answer: { __typename: string; message?: string }): string {
  return answer.message ?? `no refusal: ${answer.__typename}`;
}

async function readiness(app: TestApp): Promise<number> {
  return (await app.fetch(new Request("http://localhost/readyz"))).status;
}

/** As `flowWhen`, while the database may be away. */
function flowWhenBack(client: Client, id: string, status: Parameters<typeof flowWhen>[2]) {
  return eventually(`the flow is ${status}`, async () => {
    const flow = await readFlow(client, id).catch(() => undefined);
    return flow?.status === status && flow;
  }, BACK_SECONDS);
}

/** The names of the flow's first `count` events, as a subscriber gets them who goes on from its cursor. */
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

/** Writes each name, again until it is committed. A commit whose answer was lost is looked for first. */
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

async function isWritten(db: TestApp["services"]["db"], flowId: string, name: string): Promise<boolean> {
  const { rows } = await sql`
    select from events where flow_id = ${flowId} and data->>'step' = ${name}
    union all select from unsequenced_events where flow_id = ${flowId} and data->>'step' = ${name}`.execute(
    db,
  );
  return rows.length > 0;
}

/** Takes effect for new connections, so the present ones are ended. */
async function setReadOnly(url: string, on: boolean): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  const server = databaseUrl(url, "postgres");
  await administer(server, `alter database ${name} set default_transaction_read_only = ${on ? "on" : "off"}`);
  await administer(
    server,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
  );
}
