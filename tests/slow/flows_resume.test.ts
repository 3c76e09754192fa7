import assert from "node:assert/strict";
import { startModalEmulator } from "../../src/emulators/modal/modal_emulator.ts";
import { eventually } from "../support/eventually.ts";
import { flowWhen, readFlow, startFlow } from "../support/modal_flows.ts";
import { prepareDatabase } from "../support/processes.ts";
import { newServerPlace, startServer, temporaryFolder } from "../support/server_process.ts";

/** R36: the time until a wait continues after its server was killed. */
const RESUME_SECONDS = 15;

Deno.test("R36: after kill -9 and an approval, the next process stores the tokens", async () => {
  await using place = await newServerPlace();
  const { modal, env, folder } = place;
  const { id, tokenFlowId } = await (async () => {
    await using server = await startServer(folder, env);
    const started = await startFlow(server.client(place.token));
    await eventually("the poll", () => modal.callsUnderWay() === 1);
    await server.kill();
    return started;
  })();
  await eventually("Modal notices", () => modal.callsUnderWay() === 0);
  modal.approve(tokenFlowId);
  await using server = await startServer(folder, env);
  const client = server.client(place.token);
  const flow = await flowWhen(client, id, "SUCCEEDED", RESUME_SECONDS);
  assert.equal(flow.credential?.health, "HEALTHY");
  assert.equal(modal.tokens.size, 1, "the stored token is the granted one");
  assert.equal(flow.attempt, 1, "the interrupted attempt counts once");
});

Deno.test("R36: after an approval right after kill -9, the next process gets the tokens", async () => {
  await using place = await newServerPlace();
  const { modal, env, folder } = place;
  const { id, tokenFlowId } = await (async () => {
    await using server = await startServer(folder, env);
    const started = await startFlow(server.client(place.token));
    await eventually("the poll", () => modal.callsUnderWay() === 1);
    server.signal("SIGKILL");
    modal.approve(started.tokenFlowId);
    await server.ended;
    return started;
  })();
  assert.equal(modal.flows.get(tokenFlowId)?.state, "approved", "the token is not collected yet");
  await using server = await startServer(folder, env);
  const flow = await flowWhen(server.client(place.token), id, "SUCCEEDED", RESUME_SECONDS);
  assert.equal(flow.credential?.health, "HEALTHY");
  assert.equal(modal.tokens.size, 1, "the stored token is the granted one");
});

Deno.test("R36: another instance takes over the waits of a killed one", async () => {
  await using place = await newServerPlace();
  await using second = await temporaryFolder();
  const { modal, env, folder } = place;
  await using owner = await startServer(folder, env);
  const { id, tokenFlowId } = await startFlow(owner.client(place.token));
  await eventually("the poll", () => modal.callsUnderWay() === 1);
  await using other = await startServer(second.path, env);
  await owner.kill();
  const client = other.client(place.token);
  modal.approve(tokenFlowId);
  const flow = await flowWhen(client, id, "SUCCEEDED", RESUME_SECONDS);
  assert.equal(flow.credential?.health, "HEALTHY");
});

Deno.test("R36: after kill -9 between grant and verification, the next process verifies", async () => {
  await using place = await newServerPlace();
  const { modal, env, folder } = place;
  const { id } = await (async () => {
    await using server = await startServer(folder, env);
    const client = server.client(place.token);
    const started = await startFlow(client);
    await eventually("the poll", () => modal.callsUnderWay() === 1);
    modal.switches.faults = [{ method: "ClientHello", status: 14, text: "emulated: away" }];
    modal.approve(started.tokenFlowId);
    await eventually(
      "the token is stored",
      async () => (await readFlow(client, started.id)).credential !== null,
    );
    await server.kill();
    return started;
  })();
  modal.switches.faults = [];
  await using server = await startServer(folder, env);
  const flow = await flowWhen(server.client(place.token), id, "SUCCEEDED", RESUME_SECONDS);
  assert.equal(flow.credential?.health, "HEALTHY");
});

Deno.test("R36: a wait survives kill -9 on the embedded database, too", async () => {
  await using modal = startModalEmulator();
  await using folder = await temporaryFolder();
  await prepareDatabase(folder.path);
  const start = async () => {
    const server = await startServer(folder.path, { MODAL_SERVER_URL: modal.url }, "--development");
    const token = await eventually(
      "the operator is made",
      () => Deno.readTextFile(`${folder.path}/operator-token`).catch(() => undefined),
    );
    return { server, client: server.client(token.trim()) };
  };
  const { id, tokenFlowId } = await (async () => {
    const { server, client } = await start();
    await using _ = server;
    const started = await startFlow(client);
    await eventually("the poll", () => modal.callsUnderWay() === 1);
    await server.kill();
    return started;
  })();
  modal.approve(tokenFlowId);
  const { server, client } = await start();
  await using _ = server;
  const flow = await flowWhen(client, id, "SUCCEEDED", RESUME_SECONDS);
  assert.equal(flow.credential?.health, "HEALTHY");
  server.signal("SIGTERM");
  assert.equal(await server.ended, 0);
});
