import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { eventually, within } from "../support/eventually.ts";
import { listenersAreBackAt } from "../support/live.ts";
import { handshake } from "../support/raw_web_socket.ts";
import { WsClient, type WsOptions } from "../support/web_socket_client.ts";
import { listenWithWebSockets, post } from "../support/wire.ts";

const WATCH = "subscription ($id: ID!) { flow(id: $id) { status } }";

async function startFlow(app: TestApp, token: string): Promise<{ id: string; tokenFlowId: string }> {
  const { data } = await post(
    app,
    "mutation { startModalTokenFlow { ... on ModalTokenFlowStarted { flow { id tokenFlowId } } } }",
    { token },
  );
  return (data?.["startModalTokenFlow"] as { flow: { id: string; tokenFlowId: string } }).flow;
}

const codesOf = (payload: unknown) =>
  (payload as { errors: { extensions?: { code?: string } }[] }).errors.map((error) => error.extensions?.code);

onPglite("over a WebSocket: the present value, every change, the end", async (database) => {
  await using app = await startApp({ database });
  await using server = await listenWithWebSockets(app);
  const base = app.services.eventLog.listeners;
  const token = await app.operatorToken();
  const { id, tokenFlowId } = await startFlow(app, token);
  await using ws = await WsClient.open(server.wsUrl, { params: { authorization: `Bearer ${token}` } });
  ws.subscribe("a", WATCH, { id });
  assert.deepEqual((await ws.next()).payload, { data: { flow: { status: "WAITING" } } });
  app.modal.approve(tokenFlowId);
  const seen = [];
  for (let message = await ws.next(); message.type === "next"; message = await ws.next()) seen.push(message);
  assert.deepEqual(seen.at(-1), {
    id: "a",
    type: "next",
    payload: { data: { flow: { status: "SUCCEEDED" } } },
  });
  await listenersAreBackAt(app, base);
  ws.subscribe("b", "{ server { version } }");
  assert.match(JSON.stringify(await ws.next()), /"data":\{"server":\{"version"/);
  assert.deepEqual(await ws.next(), { id: "b", type: "complete" });
});

onPglite(
  "connection_init or the upgrade has the token, and connection_init takes precedence",
  async (database) => {
    await using app = await startApp({ database });
    await using server = await listenWithWebSockets(app);
    const good = { authorization: `Bearer ${await app.operatorToken("READ")}` };
    const bad = { authorization: `${good.authorization}x` };
    const taken: WsOptions[] = [
      { params: good },
      { params: { Authorization: good.authorization } },
      { headers: good },
      { headers: bad, params: good },
      { headers: good, params: { authorization: 1 } },
    ];
    for (const options of [...taken, {}]) {
      await using ws = await WsClient.open(server.wsUrl, options);
      ws.subscribe("1", "{ operators { role } }");
      const { payload } = await ws.next();
      if (taken.includes(options)) assert.deepEqual(payload, { data: { operators: [{ role: "READ" }] } });
      else assert.deepEqual(codesOf(payload), ["UNAUTHENTICATED"], "without a token");
    }
    for (const options of [{ params: bad }, { headers: bad }, { headers: good, params: bad }]) {
      await using ws = new WsClient(server.wsUrl, options);
      await ws.opened();
      ws.send({ type: "connection_init", ...("params" in options && { payload: options.params }) });
      assert.deepEqual(await ws.closed, { code: 4403, reason: "Forbidden" }, JSON.stringify(options));
    }
  },
);

onPglite(
  "refusals over a WebSocket have the same codes, and the connection stays open",
  async (database) => {
    await using app = await startApp({ database });
    await using server = await listenWithWebSockets(app);
    await using ws = await WsClient.open(server.wsUrl, {
      params: { authorization: `Bearer ${await app.operatorToken("READ")}` },
    });
    ws.subscribe("1", WATCH, { id: "flw_01jd0000000000000000000000" });
    assert.deepEqual(codesOf((await ws.next()).payload), ["FLOW_NOT_FOUND"]);
    assert.equal((await ws.next()).type, "complete");
    ws.subscribe("2", "{ nothing }");
    const { type, payload } = await ws.next();
    assert.equal(type, "error");
    assert.match(JSON.stringify(payload), /Cannot query field/);
    ws.subscribe("3", "{ server { version } }");
    assert.equal((await ws.next()).type, "next");
  },
);

onPglite("errors over a WebSocket do not include the status of an HTTP response", async (database) => {
  await using app = await startApp({ database });
  await using server = await listenWithWebSockets(app);
  await using ws = await WsClient.open(server.wsUrl);
  const pages = ["a", "b", "c", "d"].map((alias) =>
    `${alias}: flows(first: $n) { nodes { steps { name } } }`
  );
  ws.subscribe("pages", `query ($n: Int!) { ${pages.join(" ")} }`, { n: 500 });
  const { payload } = await ws.next();
  const [error] = (payload as { errors: { message: string; extensions: object }[] }).errors;
  assert.match(error?.message ?? "", /up to 5000 objects/);
  assert.deepEqual(Object.keys(error?.extensions ?? {}), ["code", "requestId"]);
});

onPglite("another subprotocol is refused before the upgrade", async (database) => {
  await using app = await startApp({ database });
  await using server = await listenWithWebSockets(app);
  for (const offered of ["", "graphql-ws", "graphql-transport-ws-2", "x, y"]) {
    const { status, text } = await handshake(server.wsUrl, { "sec-websocket-protocol": offered });
    assert.equal(status, 400);
    assert.match(text, /graphql-transport-ws/);
  }
  await using ws = await WsClient.open(server.wsUrl, { protocols: ["other", "graphql-transport-ws"] });
  ws.send({ type: "ping" });
  assert.deepEqual(await ws.next(), { type: "pong" });
});

onPglite("R39: a message may have 64 KiB; a longer one closes the connection with 1009", async (database) => {
  await using app = await startApp({ database });
  await using server = await listenWithWebSockets(app);
  const message = (bytes: number, letter: string) => {
    const start = '{"type":"ping","payload":{"a":"';
    const count = (bytes - start.length - 3) / new TextEncoder().encode(letter).length;
    return `${start}${letter.repeat(Math.floor(count))}${"x".repeat(Math.round((count % 1) * 3))}"}}`;
  };
  const limit = 64 * 1024;
  for (const letter of ["x", "€"]) {
    assert.equal(new TextEncoder().encode(message(limit, letter)).length, limit);
    await using ws = await WsClient.open(server.wsUrl);
    ws.send(message(limit, letter));
    assert.equal((await ws.next()).type, "pong");
    ws.send(message(limit + 1, letter));
    assert.equal((await within("the close", ws.closed)).code, 1009, letter);
  }
});

onPglite("a violation of the protocol closes the connection with its code", async (database) => {
  await using app = await startApp({ database });
  await using server = await listenWithWebSockets(app);
  const codeAfter = async (...messages: (string | { type: string; id?: string; payload?: unknown })[]) => {
    await using ws = new WsClient(server.wsUrl);
    await ws.opened();
    for (const message of messages) ws.send(message);
    return (await ws.closed).code;
  };
  const init = { type: "connection_init" };
  assert.equal(await codeAfter("no json"), 4400);
  assert.equal(await codeAfter({ type: "subscribe", id: "1", payload: { query: "{ __typename }" } }), 4401);
  assert.equal(await codeAfter(init, init), 4429);
});

onPglite("R43: a revoked operator's or closed socket's listeners are removed", async (database) => {
  await using app = await startApp({ database });
  await using server = await listenWithWebSockets(app);
  const base = app.services.eventLog.listeners;
  const { id } = await startFlow(app, await app.operatorToken());
  const open = async (token: string) => {
    const ws = await WsClient.open(server.wsUrl, { params: { authorization: `Bearer ${token}` } });
    ws.subscribe("1", WATCH, { id });
    ws.subscribe("2", "subscription { events { id } }");
    assert.equal((await ws.next()).id, "1");
    await eventually("both are open", () => app.services.subscriptions.size === 2);
    return ws;
  };
  const token = await app.operatorToken();
  await using revoked = await open(token);
  const { data } = await post(app, "{ operators { id } }", { token });
  const [newest] = data?.["operators"] as { id: string }[];
  await post(app, `mutation { revokeOperator(id: "${newest?.id}") { __typename } }`, { token });
  const ended = async () => {
    const ids = [];
    while (ids.length < 2) {
      const { type, id, payload } = await revoked.next();
      if (type === "error") ids.push(id);
      if (type === "error") assert.match(JSON.stringify(payload), /"reason":"SESSION_ENDED"/);
    }
    return ids.sort();
  };
  assert.deepEqual(await within("both end", ended()), ["1", "2"]);
  assert.equal((await within("the connection closes", revoked.closed)).code, 4403);
  await listenersAreBackAt(app, base);

  await using completing = await open(await app.operatorToken());
  completing.send({ type: "complete", id: "1" });
  completing.send({ type: "complete", id: "2" });
  await listenersAreBackAt(app, base);
  const leaving = await open(await app.operatorToken());
  await leaving[Symbol.asyncDispose]();
  await listenersAreBackAt(app, base);
});

onPglite(
  "R49: a server that drains closes each connection with 1012, so that clients reconnect",
  async (database) => {
    await using app = await startApp({ database });
    await using server = await listenWithWebSockets(app);
    const sockets = await Promise.all([1, 2, 3].map(() => WsClient.open(server.wsUrl)));
    sockets[0]?.subscribe("1", "{ __typename }");
    await within("the drain", app.drain());
    for (const ws of sockets) assert.equal((await ws.closed).code, 1012);
  },
);
