import assert from "node:assert/strict";
import { startModalEmulator } from "../../../src/emulators/modal/modal_emulator.ts";
import { serveGrpc } from "../../../src/providers/modal/grpc/grpc_server.ts";
import { proxyFor, readableEnv } from "../../../src/providers/modal/grpc/proxy.ts";
import { PLAIN_FLOW, quickClient, rejected, startRig, unreachable, until } from "../../support/modal_rig.ts";
import {
  forward,
  type Listening,
  startConnectProxy,
  startTlsEnd,
  withCertificate,
} from "../../support/tunnels.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const portOf = (url: string) => Number(new URL(url).port);

Deno.test("R37: 500 polls share a few connections of 100 streams, and all receive the approval", async () => {
  await using rig = await startRig();
  const { emulator, modal } = rig;
  const flows = await Promise.all(Array.from({ length: 500 }, () => modal.createTokenFlow(PLAIN_FLOW)));
  const waits = flows.map(({ value }) => modal.waitForTokenFlow({ ...value, timeoutSeconds: 40 }));
  await until(() => emulator.callsUnderWay() === 500);

  const streams = new Map<string, number>();
  for (const { method, peer } of emulator.calls) {
    if (method === "TokenFlowWait") streams.set(peer, (streams.get(peer) ?? 0) + 1);
  }
  assert.ok([...streams.values()].every((count) => count <= 100), "more than the server allows");
  assert.ok(streams.size >= 5 && streams.size <= 6, `${streams.size} connections`);

  for (const { value } of flows) emulator.approve(value.tokenFlowId);
  const kinds = (await Promise.all(waits)).map(({ value }) => value.kind);
  assert.deepEqual(new Set(kinds), new Set(["granted"]));
});

Deno.test("a server that allows fewer streams is respected", async () => {
  await using rig = await startRig({ maxStreams: 3 });
  const flows = await Promise.all(Array.from({ length: 10 }, () => rig.modal.createTokenFlow(PLAIN_FLOW)));
  const waits = flows.map(({ value }) => rig.modal.waitForTokenFlow({ ...value, timeoutSeconds: 40 }));
  await until(() => rig.emulator.callsUnderWay() === 10);
  for (const { value } of flows) rig.emulator.approve(value.tokenFlowId);
  assert.equal((await Promise.all(waits)).length, 10);
});

Deno.test("a restarted server is reached again", async () => {
  const before = await startModalEmulator();
  const client = quickClient({ serverUrl: before.url });
  await client.modal.reach();
  await before.close();
  await unreachable(client.modal.reach());
  await using after = await startModalEmulator({ port: portOf(before.url) });
  await client.modal.reach();
  assert.equal(after.calls.length, 1);
  client.close();
});

Deno.test("a refused connection is reported with advice", async () => {
  const emulator = await startModalEmulator();
  await emulator.close();
  using client = disposable(quickClient({ serverUrl: emulator.url }));
  const error = await unreachable(client.modal.createTokenFlow(PLAIN_FLOW));
  assert.deepEqual(client.slept, [0.1, 0.2, 0.4]);
  assert.match(error.detail ?? "", /refused/i);
  assert.match(error.remedy.actionRequired ?? "", /network.*proxy.*https:\/\/status\.modal\.com/);
});

Deno.test("a server that is not Modal is detected at the first attempt", async (t) => {
  const check = async (port: number) => {
    using client = disposable(quickClient({ serverUrl: `http://127.0.0.1:${port}` }));
    const error = await rejected(client.modal.reach());
    assert.equal(error.reason, "not_modal");
    assert.match(error.remedy.actionRequired ?? "", /MODAL_SERVER_URL/);
    assert.deepEqual(client.slept, []);
  };
  for (const code of [200, 401, 404, 500]) {
    await t.step(`a web server that answers ${code}`, async () => {
      const page = new Response("<!DOCTYPE html>", {
        status: code,
        headers: { "content-type": "text/html" },
      });
      await using web = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => page);
      await check(web.addr.port);
    });
  }
  await t.step("a server that supports only HTTP/1.1", async () => {
    await using old = speakHttp1();
    await check(old.port);
  });
  await t.step("another gRPC service", async () => {
    const reply = { status: 12, details: "unknown service", trailers: {} };
    const server = serveGrpc(
      { hostname: "127.0.0.1", port: 0, maxStreams: 10 },
      () => Promise.resolve(reply),
    );
    await check(server.port).finally(() => server.close());
  });
});

Deno.test("a gateway error counts as an unreachable Modal", async () => {
  const away = () =>
    new Response("<h1>Bad gateway</h1>", { status: 502, headers: { "content-type": "text/html" } });
  await using web = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, away);
  using client = disposable(quickClient({ serverUrl: `http://127.0.0.1:${web.addr.port}` }));
  await unreachable(client.modal.reach());
  assert.deepEqual(client.slept, [0.1, 0.2, 0.4]);
});

Deno.test("https uses TLS with a trusted certificate", async (t) => {
  await using rig = await startRig();
  await using certificate = await withCertificate();
  await t.step("trusted", async () => {
    await using tls = startTlsEnd(certificate, ["h2"], portOf(rig.emulator.url));
    const serverUrl = `https://localhost:${tls.port}`;
    using client = disposable(quickClient({ serverUrl, caCerts: [certificate.cert] }));
    await client.modal.createTokenFlow(PLAIN_FLOW);
    assert.equal(rig.emulator.calls.at(-1)?.headers[":scheme"], "https");
    assert.equal(rig.emulator.calls.at(-1)?.headers["x-modal-host"], "localhost");
  });
  await t.step("not trusted", async () => {
    await using tls = startTlsEnd(certificate, ["h2"], portOf(rig.emulator.url));
    using client = disposable(quickClient({ serverUrl: `https://localhost:${tls.port}` }));
    assert.match((await unreachable(client.modal.reach())).detail ?? "", /certificate/);
  });
  for (const protocols of [["http/1.1"], []]) {
    await t.step(`without HTTP/2 (${protocols})`, async () => {
      await using tls = startTlsEnd(certificate, protocols, portOf(rig.emulator.url));
      const serverUrl = `https://localhost:${tls.port}`;
      using client = disposable(quickClient({ serverUrl, caCerts: [certificate.cert] }));
      assert.equal((await rejected(client.modal.reach())).reason, "not_modal");
    });
  }
});

Deno.test("the proxy of the environment is used, for TLS and for plaintext", async (t) => {
  await using rig = await startRig();
  await using certificate = await withCertificate();
  await using tls = startTlsEnd(certificate, ["h2"], portOf(rig.emulator.url));
  await t.step("http_proxy", async () => {
    await using proxy = startConnectProxy(portOf(rig.emulator.url));
    const env = envOf({ http_proxy: `http://ada:l%20ve@127.0.0.1:${proxy.port}`, no_proxy: "other.test" });
    using client = disposable(quickClient({ serverUrl: "http://modal.test:81", env }));
    await client.modal.reach();
    assert.deepEqual(proxy.asked, ["modal.test:81"]);
    assert.deepEqual(proxy.logins, [`Basic ${btoa("ada:l ve")}`]);
  });
  await t.step("https_proxy", async () => {
    await using proxy = startConnectProxy(tls.port);
    const env = envOf({ HTTPS_PROXY: `127.0.0.1:${proxy.port}`, http_proxy: "http://127.0.0.1:9" });
    using client = disposable(
      quickClient({ serverUrl: "https://modal.test", caCerts: [certificate.cert], env }),
    );
    await client.modal.reach();
    assert.deepEqual(proxy.asked, ["modal.test:443"]);
  });
  await t.step("a proxy that refuses", async () => {
    await using proxy = startConnectProxy(undefined);
    const env = envOf({ all_proxy: `http://127.0.0.1:${proxy.port}` });
    using client = disposable(quickClient({ serverUrl: "https://modal.test", env }));
    assert.match((await unreachable(client.modal.reach())).detail ?? "", /the proxy refuses: HTTP\/1.1 407/);
  });
});

Deno.test("no proxy is used for loopback hosts and hosts in no_proxy", () => {
  const proxy = "http://proxy.test:3128";
  const asked = (hostname: string, no_proxy: string) =>
    proxyFor({ hostname, secure: true }, envOf({ https_proxy: proxy, no_proxy }))?.hostname;
  assert.equal(asked("api.modal.com", ""), "proxy.test");
  assert.equal(asked("api.modal.com", "notmodal.com, al.com"), "proxy.test");
  for (const list of ["*", "modal.com", ".modal.com", "x.test, *.modal.com", "API.modal.com"]) {
    assert.equal(asked("api.modal.com", list), undefined, list);
  }
  for (const list of ["2001:DB8:0::1", "[2001:db8::1]", "10.0.0.1, 2001:db8::/32"]) {
    assert.equal(asked("2001:db8::1", list), undefined, list);
    assert.equal(asked("2001:db9::1", list), "proxy.test", list);
  }
  for (const host of ["localhost", "127.0.0.1", "::1", "::ffff:7f00:1"]) {
    assert.equal(asked(host, ""), undefined, host);
  }
  const socks = envOf({ all_proxy: "socks5://proxy.test" });
  assert.throws(() => proxyFor({ hostname: "a.test", secure: true }, socks), { code: "INVALID_INPUT" });
  assert.equal(readableEnv("PATH"), Deno.env.get("PATH"));
});

const envOf = (variables: Record<string, string>) => (name: string) => variables[name];

function disposable<T extends { close(): void }>(client: T): T & Disposable {
  return Object.assign(client, { [Symbol.dispose]: () => client.close() });
}

/** Answers everything with an HTTP/1.1 error. */
function speakHttp1(): Listening {
  return forward(Deno.listen({ hostname: "127.0.0.1", port: 0 }), async (socket) => {
    await socket.read(new Uint8Array(1024));
    await socket.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
    socket.close();
  });
}
