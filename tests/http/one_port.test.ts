import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { eventually, within } from "../support/eventually.ts";
import { WsClient } from "../support/web_socket_client.ts";
import { graphqlRequest } from "../support/wire.ts";

/** The app on one port of this machine, as the server listens without `WEBSOCKET_PORT`. */
async function onOnePort(app: TestApp, headMs?: number) {
  const listener = await app.listen({ hostname: "127.0.0.1", port: 0 }, headMs);
  const host = `127.0.0.1:${listener.port}`;
  const close = () => listener[Symbol.asyncDispose]();
  return { listener, url: `http://${host}`, wsUrl: `ws://${host}/graphql`, [Symbol.asyncDispose]: close };
}

function sent(url: string, token: string, query: string, accept = "application/json"): Promise<Response> {
  const request = graphqlRequest(query, { token, headers: { accept } });
  return fetch(new Request(`${url}/graphql`, request));
}

const EVENTS = "subscription { events { id } }";

onEachDatabase("one port answers requests, streams and WebSockets", async (database) => {
  await using app = await startApp({ database });
  await using server = await onOnePort(app);
  const token = await app.operatorToken("READ");
  const answer = await sent(server.url, token, "{ server { version } }");
  assert.equal(answer.status, 200);
  assert.ok((await answer.json()).data.server.version);
  const page = await fetch(server.url);
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(await page.text(), /<!doctype html>/i);
  await using socket = await WsClient.open(server.wsUrl, { params: { authorization: `Bearer ${token}` } });
  socket.subscribe("1", "{ server { version } }");
  assert.equal((await within("the answer", socket.next())).type, "next");
});

onPglite("a body that is too large is refused on the shared port, and the port goes on", async (database) => {
  await using app = await startApp({ database });
  await using server = await onOnePort(app);
  const token = await app.operatorToken("READ");
  const refused = await sent(server.url, token, `{ server { version } } # ${"x".repeat(70 * 1024)}`);
  assert.equal(refused.status, 413);
  await refused.body?.cancel();
  const answer = await sent(server.url, token, "{ server { version } }");
  assert.equal(answer.status, 200);
  await answer.body?.cancel();
});

onPglite("a stream's subscription ends when its client leaves the shared port", async (database) => {
  await using app = await startApp({ database });
  await using server = await onOnePort(app);
  const stream = await sent(server.url, await app.operatorToken("READ"), EVENTS, "text/event-stream");
  const reader = stream.body?.getReader();
  await eventually("it watches", () => app.services.subscriptions.size === 1);
  await app.services.eventLog.settled();
  await app.operatorToken("READ");
  const decoder = new TextDecoder();
  const read = async () => {
    for (let text = ""; !text.includes("evt_");) text += decoder.decode((await reader?.read())?.value);
  };
  await within("an event", read());
  await reader?.cancel();
  await eventually("it has ended", () => app.services.subscriptions.size === 0);
});

onPglite("a caller's address on the shared port is the connection's", async (database) => {
  await using app = await startApp({ database });
  await using server = await onOnePort(app);
  const registered = await sent(
    server.url,
    "",
    `mutation { signInAsGuest(input: { transport: TOKENS }) { __typename ... on SignedIn { session { ipAddress } } } }`,
  );
  const { data } = await registered.json();
  assert.equal(data.signInAsGuest.session.ipAddress, "127.0.0.1");
});

onPglite("R51: the shared port closes a connection with an incomplete head", async (database) => {
  await using app = await startApp({ database });
  await using server = await onOnePort(app, 300);
  const answers = ["GET / HTTP/1.1\r\nhost: x\r\n", ""].map(async (head) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.listener.port });
    await connection.write(new TextEncoder().encode(head));
    const chunk = new Uint8Array(1024);
    return new TextDecoder().decode(chunk.subarray(0, await connection.read(chunk) ?? 0));
  });
  for (const answer of await within("both are ended", Promise.all(answers))) {
    assert.match(answer, /^HTTP\/1\.1 408 /);
  }
});

/** Opens a connection, and returns all that the server sends until it closes it. */
async function answerTo(port: number, text: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  let answer = "";
  try {
    await connection.write(new TextEncoder().encode(text));
    const decoder = new TextDecoder();
    for await (const chunk of connection.readable) answer += decoder.decode(chunk);
  } catch {
    // The server closed the connection.
  }
  return answer;
}

onPglite("a connection that sends requests endlessly without waiting is closed", async (database) => {
  await using app = await startApp({ database });
  await using server = await onOnePort(app);
  const request = "GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n";
  const answer = await within("the end", answerTo(server.listener.port, request.repeat(500)));
  assert.ok(answer.split("HTTP/1.1 ").length < 500, "not all of them are answered");
  const other = await fetch(`${server.url}/healthz`);
  assert.equal(await other.text(), "alive\n");
});

onPglite(
  "a body of unknown length that is too large is answered before the connection ends",
  async (database) => {
    await using app = await startApp({ database });
    await using server = await onOnePort(app);
    const piece = `1000\r\n${"x".repeat(4096)}\r\n`;
    const head =
      "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n";
    const text = `${head}connection: close\r\n\r\n${piece.repeat(20)}`;
    assert.match(await within("the answer", answerTo(server.listener.port, text)), /^HTTP\/1\.1 413 /);
  },
);

onPglite("an upgrade to another protocol is answered as a normal request", async (database) => {
  await using app = await startApp({ database });
  await using server = await onOnePort(app);
  const offer =
    "connection: upgrade, http2-settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAoAAA";
  const head = `GET /healthz HTTP/1.1\r\nhost: x\r\n${offer}\r\n\r\n`;
  assert.match(await within("the answer", answerTo(server.listener.port, head)), /^HTTP\/1\.1 200 [^]*alive/);
});

onPglite("a request target may be a whole URL, as a proxy sends it", async (database) => {
  await using app = await startApp({ database });
  await using server = await onOnePort(app);
  const head = "GET http://elsewhere.test/healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
  assert.match(await within("the answer", answerTo(server.listener.port, head)), /^HTTP\/1\.1 200 [^]*alive/);
});

onPglite("a Host header cannot change the path", async (database) => {
  await using app = await startApp({ database });
  await using server = await onOnePort(app);
  for (const host of ["x/metrics?", "x?y", "x#", "u@x", "x\\y"]) {
    const head = `GET /healthz HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;
    assert.match(await within("the answer", answerTo(server.listener.port, head)), /^HTTP\/1\.1 400 /, host);
  }
});

onPglite(
  "R49: the shared port finishes its requests, breaks streams off, and accepts no new requests",
  async (database) => {
    await using app = await startApp({ database });
    await using server = await onOnePort(app);
    const stream = await sent(server.url, await app.operatorToken("READ"), EVENTS, "text/event-stream");
    await eventually("it watches", () => app.services.subscriptions.size === 1);
    const finished = server.listener.finish();
    await assert.rejects(fetch(`${server.url}/healthz`));
    await app.drain();
    await assert.rejects(stream.text(), "the stream breaks off");
    await within("the end", finished);
  },
);
