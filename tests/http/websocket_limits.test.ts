import assert from "node:assert/strict";
import { DEFAULT_LIMITS } from "../../src/http/web_socket/web_socket_limits.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { eventually, within } from "../support/eventually.ts";
import {
  CONTINUATION,
  frameBytes,
  handshake,
  PING,
  PONG,
  RawWebSocket,
  TEXT,
} from "../support/raw_web_socket.ts";
import { WsClient } from "../support/web_socket_client.ts";
import { listenWithWebSockets } from "../support/wire.ts";

const KIB = 1024;
const INIT = '{"type":"connection_init"}';
const MESSAGE_TOO_BIG = 1009;
const POLICY = 1008;

onPglite("R51: a message may have 64 KiB, all its frames together", async (database) => {
  await using app = await startApp({ database });
  await using server = await listenWithWebSockets(app);
  const piece = "x".repeat(4 * KIB);
  const afterPieces = async (count: number) => {
    const socket = await RawWebSocket.open(server.wsUrl);
    await socket.frame(TEXT, piece, false);
    for (let sent = 1; sent < count; sent++) await socket.frame(CONTINUATION, piece, false);
    return socket;
  };
  using admitted = await afterPieces(16);
  await admitted.frame(PING, "still there?");
  assert.equal((await admitted.next())?.opcode, PONG, "64 KiB are admitted");
  await admitted.frame(CONTINUATION, "x", false);
  assert.equal(await within("the close", admitted.closeCode()), MESSAGE_TOO_BIG, "and not a byte more");
  using endless = await afterPieces(17);
  assert.equal(await within("the close", endless.closeCode()), MESSAGE_TOO_BIG);

  using announced = await RawWebSocket.open(server.wsUrl);
  const head = frameBytes(TEXT, new Uint8Array(64 * KIB + 1)).slice(0, 14);
  await announced.write(head);
  assert.equal(await within("the close", announced.closeCode()), MESSAGE_TOO_BIG, "before it is sent");

  using crumbs = await RawWebSocket.open(server.wsUrl);
  await crumbs.frame(TEXT, "", false);
  const empty = frameBytes(CONTINUATION, "", false);
  await crumbs.write(new Uint8Array(2_000 * empty.length).map((_, at) => empty[at % empty.length] ?? 0));
  assert.equal(await within("the close", crumbs.closeCode()), POLICY, "empty frames hold memory too");
});

onPglite("R51: an address block has at most 100 anonymous sockets", async (database) => {
  await using app = await startApp({ database, env: { TRUSTED_PROXIES: "127.0.0.1" } });
  await using server = await listenWithWebSockets(app);
  using sockets = new DisposableStack();
  const authorization = `Bearer ${await app.operatorToken("READ")}`;
  const open = async (address: string, headers: Record<string, string> = {}) => {
    const { status, socket } = await handshake(server.wsUrl, { "x-forwarded-for": address, ...headers });
    if (socket) sockets.use(socket);
    return { status, socket };
  };
  const held: (RawWebSocket | undefined)[] = [];
  for (let host = 1; host <= 100; host++) held.push((await open(`2001:db8::${host.toString(16)}`)).socket);
  assert.ok(held.every((socket) => socket !== undefined));
  assert.equal((await open("2001:db8::beef")).status, 429, "the 101st, from an address of its own");
  assert.equal((await open("2001:db8::beef", { authorization: `${authorization}x` })).status, 429);
  assert.equal((await open("2001:db8:0:1::1")).status, 101, "another block");
  assert.equal((await open("2001:db8::beef", { authorization })).status, 101, "not anonymous");

  await held[0]?.frame(TEXT, JSON.stringify({ type: "connection_init", payload: { authorization } }));
  await held[0]?.next();
  assert.equal((await open("2001:db8::beef")).status, 101, "one of the hundred is not anonymous any more");
  assert.equal((await open("2001:db8::beef")).status, 429);
  held[1]?.[Symbol.dispose]();
  await eventually(
    "the place of one that left is free",
    async () => (await open("2001:db8::1")).status === 101,
  );
});

onPglite("an address block has at most 200 sockets, authenticated ones among them", async (database) => {
  await using app = await startApp({ database, webSocketLimits: { most: 3, mostAnonymous: 2 } });
  await using server = await listenWithWebSockets(app);
  const headers = { authorization: `Bearer ${await app.operatorToken("READ")}` };
  const answers = [];
  for (let count = 0; count < 4; count++) answers.push(await handshake(server.wsUrl, headers));
  assert.deepEqual(answers.map(({ status }) => status), [101, 101, 101, 429]);
  for (const { socket } of answers) socket?.[Symbol.dispose]();
});

onPglite("R51: an anonymous socket without an operation is closed, and no other", async (database) => {
  await using app = await startApp({ database, webSocketLimits: { anonymousIdleMs: 300 } });
  await using server = await listenWithWebSockets(app);
  const token = await app.operatorToken("READ");
  await using known = await WsClient.open(server.wsUrl, { params: { authorization: `Bearer ${token}` } });
  using silent = await RawWebSocket.open(server.wsUrl);
  using introduced = await RawWebSocket.open(server.wsUrl);
  await introduced.frame(TEXT, INIT);
  await using asked = await WsClient.open(server.wsUrl);
  asked.subscribe("1", "{ server { version } }");
  assert.equal((await asked.next()).type, "next");
  assert.equal((await asked.next()).type, "complete");
  await using pinging = await WsClient.open(server.wsUrl);
  const pings = setInterval(() => pinging.send({ type: "ping" }), 50);
  const codes = await within(
    "all close",
    Promise.all([silent.closeCode(), introduced.closeCode(), asked.closed, pinging.closed]),
  ).finally(() => clearInterval(pings));
  assert.deepEqual(codes.map((code) => typeof code === "object" ? code.code : code), [
    1000,
    1000,
    1000,
    1000,
  ]);
  known.send({ type: "ping" });
  assert.equal((await known.next()).type, "pong");
});

/** More than the kernel's buffers hold for a reader that does not read. */
const MANY_ANSWERS = 400;

/** Limits under which nothing else ends a connection that has this many answers coming. */
const PATIENT = { mostOperations: MANY_ANSWERS + 1, mostBytesUnderWay: 1024 * 1024 * KIB };

/** Asks for answers of 60 KiB each, and reads none of them. */
async function askWithoutReading(socket: RawWebSocket): Promise<void> {
  const ping = JSON.stringify({ type: "ping", payload: { text: "x".repeat(60 * KIB) } });
  for (let asked = 0; asked < MANY_ANSWERS; asked++) await socket.frame(TEXT, ping);
}

const EVENTS = "subscription { events { id } }";

/** An operator's socket with a subscription, that has read nothing since. */
async function openUnread(app: TestApp, url: string): Promise<RawWebSocket> {
  const before = app.services.subscriptions.size;
  const socket = await RawWebSocket.open(url, { authorization: `Bearer ${await app.operatorToken("READ")}` });
  await socket.frame(TEXT, INIT);
  assert.equal((await socket.next())?.opcode, TEXT);
  const payload = { query: EVENTS };
  await socket.frame(TEXT, JSON.stringify({ type: "subscribe", id: "1", payload }));
  await eventually("it watches", () => app.services.subscriptions.size === before + 1);
  return socket;
}

onPglite(
  "R51: a client that does not read is disconnected, and another one misses nothing",
  async (database) => {
    await using app = await startApp({ database, webSocketLimits: PATIENT });
    await using server = await listenWithWebSockets(app);
    const authorization = `Bearer ${await app.operatorToken("READ")}`;
    await using reading = await WsClient.open(server.wsUrl, { params: { authorization } });
    using unread = await openUnread(app, server.wsUrl);
    reading.subscribe("1", EVENTS);
    await eventually("both watch", () => app.services.subscriptions.size === 2);
    await app.services.eventLog.settled();
    const event = async () => {
      await app.operatorToken("READ");
      return JSON.stringify((await within("the event", reading.next())).payload);
    };
    const before = await event();
    await assert.rejects(askWithoutReading(unread), /reset|broken pipe/i);
    await eventually("its subscription has ended", () => app.services.subscriptions.size === 1);
    assert.notEqual(await event(), before);
  },
);

onPglite("R51: a client that answers pings without reading them is disconnected", async (database) => {
  const webSocketLimits = { ...PATIENT, mostUnreadBytes: 1024 * 1024 * KIB, pingMs: 1_000 };
  await using app = await startApp({ database, webSocketLimits });
  await using server = await listenWithWebSockets(app);
  using unread = await openUnread(app, server.wsUrl);
  await askWithoutReading(unread).catch(() => {});
  await eventually("it is cut off", async () => {
    await unread.frame(PONG, "").catch(() => {});
    return app.services.subscriptions.size === 0;
  });
});

onPglite("R51: endless pings are not answered endlessly", async (database) => {
  await using app = await startApp({ database });
  await using server = await listenWithWebSockets(app);
  const unread = await openUnread(app, server.wsUrl);
  const pings = frameBytes(PING, "x".repeat(125));
  const many = new Uint8Array(pings.length * 500);
  for (let at = 0; at < many.length; at += pings.length) many.set(pings, at);
  const flood = async () => {
    for (let sent = 0; sent < 200 * 1024 * KIB; sent += many.length) await unread.write(many);
  };
  await assert.rejects(within("the end of the connection", flood()), /reset|broken pipe/i);
  unread[Symbol.dispose]();
});

onPglite("R51: a connection with an incomplete head is closed", async (database) => {
  await using app = await startApp({ database });
  await using server = await listenWithWebSockets(app, 300);
  const { hostname, port } = new URL(server.wsUrl);
  const answers = ["GET /graphql HTTP/1.1\r\nhost: x\r\n", ""].map(async (head) => {
    using connection = await Deno.connect({ hostname, port: Number(port) });
    await connection.write(new TextEncoder().encode(head));
    const chunk = new Uint8Array(KIB);
    return new TextDecoder().decode(chunk.subarray(0, await connection.read(chunk) ?? 0));
  });
  for (const answer of await within("both are ended", Promise.all(answers))) {
    assert.match(answer, /^HTTP\/1\.1 408 /);
  }
});

onPglite("the WebSocket port serves only WebSockets", async (database) => {
  await using app = await startApp({ database });
  await using server = await listenWithWebSockets(app);
  const { status, text } = await handshake(server.url.replace("http:", "ws:"));
  assert.equal(status, 426);
  assert.match(text, /WEBSOCKET_PORT/);
  const http = server.wsUrl.replace("ws:", "http:");
  const page = await fetch(http);
  assert.equal(page.status, 426);
  await page.body?.cancel();
  assert.equal((await handshake(server.wsUrl.replace("/graphql", "/"))).status, 404);
  assert.equal((await handshake(server.wsUrl, { "sec-websocket-key": "short" })).status, 400);
  assert.equal((await handshake(server.wsUrl, { host: "a b" })).status, 400);
});

Deno.test("R51: the limits have their documented values", () => {
  const { mostMessageBytes, mostAnonymous, most, anonymousIdleMs, mostUnreadBytes, pingMs } = DEFAULT_LIMITS;
  assert.deepEqual(
    { mostMessageBytes, mostAnonymous, most, anonymousIdleMs, mostUnreadBytes, pingMs },
    {
      mostMessageBytes: 64 * KIB,
      mostAnonymous: 100,
      most: 200,
      anonymousIdleMs: 10_000,
      mostUnreadBytes: 1024 * KIB,
      pingMs: 15_000,
    },
  );
});
