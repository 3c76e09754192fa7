import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { onPostgres } from "../support/databases.ts";
import { eventually, pause, times } from "../support/eventually.ts";
import { flowWhen, readFlow, startFlow, stepNames } from "../support/modal_flows.ts";

/** The size of the app's connection pool in tests. */
const CONNECTIONS = 10;

onPostgres("R36: answers to an owner that lost its claim change nothing", async (database) => {
  await using app = await startApp({ database, env: { MODAL_POLL_SECONDS: "1" } });
  const operator = await app.operator();
  for (const answer of ["still pending", "denied"]) {
    const { id, tokenFlowId } = await startFlow(operator);
    await eventually("the poll", () => app.modal.callsUnderWay() === 1);
    const before = await readFlow(operator, id);
    await takeClaim(app, id, await otherInstance(app));
    if (answer === "denied") app.modal.deny(tokenFlowId);
    await eventually("the poll has ended", () => app.services.server.waitingFlows() === 0);
    assert.deepEqual(await readFlow(operator, id), before, answer);
  }
});

onPostgres("R36: tokens that reach an owner that lost its claim are stored", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id, tokenFlowId } = await startFlow(operator);
  await eventually("the poll", () => app.modal.callsUnderWay() === 1);
  await takeClaim(app, id, await otherInstance(app));
  app.modal.approve(tokenFlowId);
  assert.equal((await flowWhen(operator, id, "SUCCEEDED")).credential?.health, "HEALTHY");
});

onPostgres("R36: the new owner's refusal is ignored while the old stores the tokens", async (database) => {
  await using old = await startApp({ database });
  await using heir = await startApp({ database, modal: old.modal, keys: old.services.keys });
  const operator = await heir.operator();
  const { id, tokenFlowId } = await startFlow(old.client(await heir.operatorToken()));
  await eventually("the old owner's poll", () => old.modal.callsUnderWay() === 1);
  heir.services.beginWait({ flowId: id, claim: await takeClaim(heir, id, heir.services.instanceId) });
  await eventually("both poll", () => old.modal.callsUnderWay() === 2);
  {
    await using _slow = await holdConnections(old);
    old.modal.approve(tokenFlowId);
    await eventually("both have their answer", () => old.modal.callsUnderWay() === 0);
    await pause(500);
    assert.equal((await readFlow(operator, id)).status, "WAITING", "the flow failed because of the refusal");
  }
  const flow = await flowWhen(operator, id, "SUCCEEDED");
  assert.equal(stepNames(flow).filter((name) => name === "verified").length, 1);
});

onPostgres("R36: each wait of a dead instance is taken over by one live instance", async (database) => {
  await using one = await startApp({ database });
  await using other = await startApp({ database, modal: one.modal, keys: one.services.keys });
  const operator = await one.operator();
  const started = await times(6, () => startFlow(operator));
  await eventually("all are polled", () => one.modal.callsUnderWay() === 6);
  await one.services.db.updateTable("modal_waits").set({ owner: "ins_dead" }).execute();
  const held = () => one.services.db.selectFrom("modal_waits").select(["owner", "claim"]).execute();
  const living = [one.services.instanceId, other.services.instanceId];
  await eventually(
    "all are claimed",
    async () => (await held()).every(({ owner, claim }) => claim >= 2 && living.includes(owner ?? "")),
  );
  for (const { tokenFlowId } of started) one.modal.approve(tokenFlowId);
  for (const { id } of started) await flowWhen(operator, id, "SUCCEEDED");
  assert.equal((await held()).length, 0);
});

/** Assigns the wait to `owner`, as a take-over does, and returns the new claim. */
async function takeClaim(app: TestApp, flowId: string, owner: string): Promise<number> {
  const { claim } = await app.services.db.updateTable("modal_waits")
    .set((eb) => ({ owner, claim: eb("claim", "+", 1) }))
    .where("flow_id", "=", flowId).returning("claim").executeTakeFirstOrThrow();
  return claim;
}

/** Occupies all of the app's connections until disposed, so it cannot store anything. */
async function holdConnections(app: TestApp): Promise<AsyncDisposable> {
  const held = await times(CONNECTIONS, () => app.services.db.startTransaction().execute());
  return {
    [Symbol.asyncDispose]: async () => {
      for (const transaction of held) await transaction.rollback().execute();
    },
  };
}

/** Creates an instance that has a lease and does no work. */
async function otherInstance(app: TestApp): Promise<string> {
  const id = `ins_${crypto.randomUUID()}`;
  const leaseEndsAt = new Date(Date.now() + 3_600_000);
  await app.services.db.insertInto("instances")
    .values({ id, started_at: new Date(), lease_ends_at: leaseEndsAt }).execute();
  return id;
}
