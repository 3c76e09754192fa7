import assert from "node:assert/strict";
import { status } from "../../src/providers/modal/grpc/grpc_status.ts";
import { expireFlows } from "../../src/flows/expire_flows.ts";
import { startApp } from "../support/app.ts";
import { onEachDatabase } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import {
  cancel,
  codeOf,
  flowWhen,
  readFlow,
  startFlow,
  stepNames,
  wait,
  WatchFlow,
} from "../support/modal_flows.ts";

/** Two polls of one second each: the shortest wait that times out after several attempts. */
const SHORT = { MODAL_POLL_SECONDS: "1", MODAL_MAX_ATTEMPTS: "2" };

onEachDatabase("a Modal flow succeeds with verified tokens, with live updates", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id, tokenFlowId } = await startFlow(operator);
  const seen: string[] = [];
  for await (const { modalTokenFlow: flow } of operator.subscribe(WatchFlow, { id })) {
    seen.push(flow.status);
    if (flow.attempt === 1 && flow.status === "WAITING") app.modal.approve(tokenFlowId);
    if (flow.status === "SUCCEEDED") assert.equal(flow.credential?.health, "HEALTHY");
  }
  assert.equal(seen.at(-1), "SUCCEEDED");
  const flow = await readFlow(operator, id);
  assert.deepEqual(stepNames(flow), [
    "client_ready",
    "flow_created",
    "waiting",
    "tokens_received",
    "verified",
  ]);
  assert.equal(flow.workspace, "emulated-workspace");
});

onEachDatabase("a flow without approval is TIMED_OUT, and the wait can be restarted", async (database) => {
  await using app = await startApp({ database, env: SHORT });
  const operator = await app.operator();
  const { id, tokenFlowId } = await startFlow(operator);
  const seen: string[] = [];
  for await (const { modalTokenFlow: flow } of operator.subscribe(WatchFlow, { id })) {
    if (flow.status !== seen.at(-1)) seen.push(flow.status);
    if (flow.status !== "TIMED_OUT") continue;
    const { attempt, failure } = await readFlow(operator, id);
    assert.equal(attempt, 2);
    assert.equal(failure?.code, "FLOW_TIMED_OUT");
    assert.match(failure?.actionRequired ?? "", /wait again/);
    assert.equal(app.modal.callsUnderWay(), 0, "polling has stopped");
    assert.equal((await wait(operator, id)).__typename, "FlowChanged");
    app.modal.approve(tokenFlowId);
  }
  assert.deepEqual(seen, ["WAITING", "TIMED_OUT", "WAITING", "SUCCEEDED"]);
  assert.equal((await readFlow(operator, id)).failure, null);
});

onEachDatabase("a flow started with wait: false is PENDING until a wait begins", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id, status, tokenFlowId } = await startFlow(operator, { wait: false });
  assert.equal(status, "PENDING");
  app.modal.approve(tokenFlowId);
  assert.equal((await readFlow(operator, id)).attempt, 0);
  assert(!app.modal.calls.some(({ method }) => method === "TokenFlowWait"));
  await wait(operator, id);
  await flowWhen(operator, id, "SUCCEEDED");
});

onEachDatabase("a second wait for the same flow changes nothing", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id, tokenFlowId } = await startFlow(operator);
  await eventually("the poll", () => app.modal.callsUnderWay() === 1);
  const before = await readFlow(operator, id);
  await wait(operator, id);
  await wait(operator, id);
  assert.deepEqual(await readFlow(operator, id), before);
  app.modal.approve(tokenFlowId);
  await flowWhen(operator, id, "SUCCEEDED");
  assert.equal(app.modal.calls.filter(({ method }) => method === "TokenFlowWait").length, 1);
});

onEachDatabase("two flows started concurrently each get their own token", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const started = await Promise.all([startFlow(operator), startFlow(operator)]);
  const tokens = await Promise.all(started.map(async ({ id, tokenFlowId }) => {
    app.modal.approve(tokenFlowId);
    return (await flowWhen(operator, id, "SUCCEEDED")).credential?.tokenId;
  }));
  assert.equal(new Set(tokens).size, 2);
});

onEachDatabase("cancelling stops the poll at once and ends the flow", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id, tokenFlowId } = await startFlow(operator);
  const secrets = () => app.services.db.selectFrom("flows").select("sealed").executeTakeFirstOrThrow();
  await eventually("the poll", () => app.modal.callsUnderWay() === 1);
  assert.notEqual((await secrets()).sealed, null);
  assert.equal((await cancel(operator, id)).__typename, "FlowChanged");
  assert.equal((await secrets()).sealed, null, "the flow's secrets are deleted when it ends");
  await eventually("the poll has ended", () => app.modal.callsUnderWay() === 0);
  app.modal.approve(tokenFlowId);
  assert.equal(codeOf(await cancel(operator, id)), "FLOW_ENDED");
  assert.equal(codeOf(await wait(operator, id)), "FLOW_ENDED");
  assert.equal(app.modal.flows.get(tokenFlowId)?.state, "approved", "the token was not collected");
  const flow = await readFlow(operator, id);
  assert.equal(flow.status, "CANCELLED");
  assert.equal(flow.credential, null);
  assert.equal(await waitsHeld(app), 0);
});

onEachDatabase("an expired flow becomes EXPIRED by the sweep or by a request", async (database) => {
  await using app = await startApp({ database, env: { MODAL_FLOW_MINUTES: "10" } });
  const operator = await app.operator();
  const [swept, asked] = [await startFlow(operator), await startFlow(operator, { wait: false })];
  await eventually("the poll", () => app.modal.callsUnderWay() === 1);
  assert.equal(await expireFlows(app.services), 0);
  app.clock.advance(601);
  assert.equal(codeOf(await wait(operator, asked.id)), "FLOW_ENDED");
  assert.equal((await readFlow(operator, asked.id)).status, "EXPIRED", "although the request was refused");
  assert.equal(await expireFlows(app.services), 1);
  await eventually("the poll has ended", () => app.modal.callsUnderWay() === 0);
  const { status, failure } = await readFlow(operator, swept.id);
  assert.equal(status, "EXPIRED");
  assert.equal(failure?.actionRequired, "Start a new flow");
  assert.equal(codeOf(await wait(operator, swept.id)), "FLOW_ENDED");
});

onEachDatabase("a flow that expires at Modal is EXPIRED", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id, tokenFlowId } = await startFlow(operator);
  await eventually("the poll", () => app.modal.callsUnderWay() === 1);
  app.modal.expire(tokenFlowId);
  await flowWhen(operator, id, "EXPIRED");
});

onEachDatabase("a flow that the user denies is FAILED with AUTHORIZATION_DENIED", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id, tokenFlowId } = await startFlow(operator);
  app.modal.deny(tokenFlowId);
  const { failure, code } = await flowWhen(operator, id, "FAILED");
  assert.equal(failure?.code, "AUTHORIZATION_DENIED");
  assert.match(failure?.actionRequired ?? "", /Start a new flow/);
  assert.equal(code, null);
  assert.equal(await waitsHeld(app), 0);
});

onEachDatabase("a flow whose token was collected elsewhere fails, MODAL_REJECTED", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id, tokenFlowId } = await startFlow(operator, { wait: false });
  const emulated = app.modal.flows.get(tokenFlowId);
  assert(emulated);
  emulated.state = "collected";
  await wait(operator, id);
  const { failure } = await flowWhen(operator, id, "FAILED");
  assert.equal(failure?.code, "MODAL_REJECTED");
  assert.equal(failure?.actionRequired, "Start a new flow");
});

onEachDatabase("an answer without a token fails the flow and stores nothing", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id, tokenFlowId } = await startFlow(operator);
  app.modal.switches.answers.TokenFlowWait = { tokenSecret: "" };
  app.modal.approve(tokenFlowId);
  const { failure, credential } = await flowWhen(operator, id, "FAILED");
  assert.equal(failure?.code, "MODAL_REJECTED");
  assert.equal(credential, null);
});

onEachDatabase("a token that Modal then refuses is stored, and the flow is FAILED", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id, tokenFlowId } = await startFlow(operator);
  app.modal.switches.faults = [{
    method: "ClientHello",
    status: status.UNAUTHENTICATED,
    text: "Token not found",
  }];
  app.modal.approve(tokenFlowId);
  const { failure, credential } = await flowWhen(operator, id, "FAILED");
  assert.equal(failure?.code, "MODAL_REJECTED");
  assert.equal(credential?.health, "REAUTHORIZATION_REQUIRED");
  assert.match(credential?.lastFailure ?? "", /Token not found/);
});

/** The number of stored waits for Modal. */
async function waitsHeld(app: { services: Parameters<typeof expireFlows>[0] }): Promise<number> {
  return (await app.services.db.selectFrom("modal_waits").select("flow_id").execute()).length;
}
