import assert from "node:assert/strict";
import { graphql } from "../../src/client/operator/graphql.ts";
import { throttled, unavailable } from "../../src/emulators/modal/switches.ts";
import { status } from "../../src/providers/modal/grpc/grpc_status.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase, onPostgres } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import {
  flowWhen,
  readFlow,
  StartFlow,
  startFlow,
  stepNames,
  wait,
  WatchFlow,
} from "../support/modal_flows.ts";

const NewestFlow = graphql(`
  query NewestFlow { flows(last: 1) { nodes { id status failure { code actionRequired } } } }
`);

/** A fault that applies to every call of this method until it is removed. */
const away = (method: "ClientHello" | "TokenFlowWait" | "TokenFlowCreate") => ({
  method,
  status: status.UNAVAILABLE,
  text: "emulated: away",
});

onEachDatabase("if Modal is down at the start, answer and flow give the same advice", async (database) => {
  await using app = await startApp({ database, switches: { faults: [away("ClientHello")] } });
  const operator = await app.operator();
  const { startModalTokenFlow: answer } = await operator.request(StartFlow, {});
  assert(answer.__typename === "ModalUnreachableError");
  assert.equal(answer.code, "PROVIDER_UNAVAILABLE");
  assert.match(answer.actionRequired ?? "", /status\.modal\.com/);
  const { flows } = await operator.request(NewestFlow, {});
  assert.equal(flows.nodes[0]?.status, "FAILED");
  assert.equal(flows.nodes[0]?.failure?.code, "PROVIDER_UNAVAILABLE");
  assert.equal(flows.nodes[0]?.failure?.actionRequired, answer.actionRequired);
});

onEachDatabase("if Modal refuses the start, the flow is FAILED with MODAL_REJECTED", async (database) => {
  await using app = await startApp({ database, switches: { answers: { TokenFlowCreate: { webUrl: "" } } } });
  const operator = await app.operator();
  const { startModalTokenFlow: answer } = await operator.request(StartFlow, {});
  assert(answer.__typename === "ModalRejectedError");
  const { flows } = await operator.request(NewestFlow, {});
  assert.equal(flows.nodes[0]?.failure?.code, "MODAL_REJECTED");
});

onEachDatabase(
  "R34: a poll that cannot reach Modal does not count as an attempt, and the flow continues",
  async (database) => {
    await using app = await startApp({ database });
    const operator = await app.operator();
    const { id, tokenFlowId } = await startFlow(operator, { wait: false });
    app.modal.switches.faults = [unavailable(2, "TokenFlowWait")];
    await wait(operator, id);
    await eventually("the third poll is held", () => polls(app) === 3 && app.modal.callsUnderWay() === 1);
    const waiting = await readFlow(operator, id);
    assert.equal(waiting.status, "WAITING");
    assert.equal(waiting.attempt, 1);
    assert.deepEqual(stepNames(waiting).slice(-3), ["waiting", "unreachable", "unreachable"]);
    app.modal.approve(tokenFlowId);
    await flowWhen(operator, id, "SUCCEEDED");
  },
);

onPostgres("R34: a wait that never reaches Modal times out and reports the reason", async (database) => {
  await using app = await startApp({ database, env: { MODAL_POLL_SECONDS: "1", MODAL_MAX_ATTEMPTS: "1" } });
  const operator = await app.operator();
  const { id, tokenFlowId } = await startFlow(operator, { wait: false });
  app.modal.switches.faults = [away("TokenFlowWait")];
  await wait(operator, id);
  const { failure, attempt } = await flowWhen(operator, id, "TIMED_OUT");
  assert.equal(failure?.code, "PROVIDER_UNAVAILABLE");
  assert.match(failure?.actionRequired ?? "", /network/);
  assert.equal(attempt, 1);
  app.modal.switches.faults = [];
  app.modal.approve(tokenFlowId);
  await wait(operator, id);
  await flowWhen(operator, id, "SUCCEEDED");
});

onPostgres("R35: starting and waiting honour the delay that Modal asks for", async (database) => {
  await using app = await startApp({
    database,
    switches: { faults: [throttled(2, 0.1, "TokenFlowCreate")] },
  });
  const operator = await app.operator();
  const { id, tokenFlowId } = await startFlow(operator, { wait: false });
  const creates = app.modal.calls.filter(({ method }) => method === "TokenFlowCreate");
  assert.deepEqual(creates.map(({ headers }) => headers["x-throttle-retry-attempt"]), ["0", "1", "2"]);
  app.modal.switches.faults = [throttled(1, 2, "TokenFlowWait")];
  const asked = performance.now();
  await wait(operator, id);
  await eventually("the second poll is held", () => polls(app) === 2 && app.modal.callsUnderWay() === 1);
  assert(performance.now() - asked >= 2_000, "it retried before the requested delay");
  assert.equal((await readFlow(operator, id)).attempt, 1);
  app.modal.approve(tokenFlowId);
  await flowWhen(operator, id, "SUCCEEDED");
});

onPostgres("a token that cannot be verified yet is stored; the flow is SUCCEEDED", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id, tokenFlowId } = await startFlow(operator);
  app.modal.switches.faults = [away("ClientHello")];
  app.modal.approve(tokenFlowId);
  const flow = await flowWhen(operator, id, "SUCCEEDED", 30);
  assert.equal(stepNames(flow).at(-1), "verification_postponed");
  assert.equal(flow.credential?.health, "UNKNOWN");
  assert.match(flow.credential?.lastFailure ?? "", /Modal cannot be reached/);
});

onEachDatabase("each warning from Modal becomes one step", async (database) => {
  await using app = await startApp({
    database,
    switches: { helloWarnings: ["This client is old"], trailerWarnings: ["Limits, soon: 50 %"] },
  });
  const operator = await app.operator();
  const { id, tokenFlowId } = await startFlow(operator);
  app.modal.approve(tokenFlowId);
  const { steps } = await flowWhen(operator, id, "SUCCEEDED");
  const warned = steps.filter((step) => step.name === "server_warning").map((step) => step.message);
  assert.deepEqual(warned, ["Limits, soon: 50 %", "This client is old"]);
});

onEachDatabase("only the field code shows the code, and only until the flow ends", async (database) => {
  await using app = await startApp({ database, switches: { code: "required" } });
  const operator = await app.operator();
  const { id, tokenFlowId, code } = await startFlow(operator);
  assert(code);
  assert.equal(code, app.modal.flows.get(tokenFlowId)?.code);
  const { code: shown, ...rest } = await readFlow(operator, id);
  assert.equal(shown, code);
  const rows = await app.services.db.selectFrom("flows").selectAll().execute();
  await app.services.eventLog.settled();
  const events = await app.services.db.selectFrom("events").selectAll().execute();
  assert(!JSON.stringify([rest, rows, events]).includes(code));
  app.modal.approve(tokenFlowId, code);
  const codes: (string | null)[] = [];
  for await (const { modalTokenFlow: flow } of operator.subscribe(WatchFlow, { id })) codes.push(flow.code);
  assert.equal(codes.at(-1), null);
  assert.equal((await readFlow(operator, id)).code, null);
});

/** The number of polls that Modal received. */
function polls({ modal }: TestApp): number {
  return modal.calls.filter(({ method }) => method === "TokenFlowWait").length;
}
