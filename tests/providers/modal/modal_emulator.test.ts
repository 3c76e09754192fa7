import assert from "node:assert/strict";
import { startModalEmulator } from "../../../src/emulators/modal/modal_emulator.ts";
import { CallFailed, callUnary } from "../../../src/providers/modal/grpc/grpc_client.ts";
import { status } from "../../../src/providers/modal/grpc/grpc_status.ts";
import { Http2Connection } from "../../../src/providers/modal/grpc/http2_connection.ts";
import {
  type ModalMethod,
  modalService,
  type RequestOf,
  type ResponseOf,
} from "../../../src/providers/modal/api/modal_proto.ts";
import { PLAIN_FLOW, rejected, startRig, until } from "../../support/modal_rig.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const PYTHON = {
  "x-modal-client-type": "1",
  "x-modal-client-version": "1.5.4",
  "x-modal-python-version": "3.11.7",
};
const JAVASCRIPT = { "x-modal-client-type": "8", "x-modal-client-version": "1.0.0" };

/** Creates a client that sends arbitrary headers on one connection. */
async function otherClient(serverUrl: string) {
  const { host, hostname, port } = new URL(serverUrl);
  const connection = new Http2Connection(await Deno.connect({ hostname, port: Number(port) }), {
    side: "client",
  });
  return {
    async call<M extends ModalMethod>(
      method: M,
      request: RequestOf<M>,
      headers: Record<string, string>,
    ): Promise<ResponseOf<M>> {
      const options = { scheme: "http", authority: host, headers, timeoutSeconds: 20 } as const;
      return (await callUnary(connection, modalService[method], request, options)).response;
    },
    async [Symbol.asyncDispose]() {
      connection.close();
      await connection.closed;
    },
  };
}

/** Returns the status and text of the refusal. */
async function refusal(promise: Promise<unknown>): Promise<[number, string]> {
  const error = await promise.then(() => assert.fail("it succeeded"), (reason) => reason);
  assert.ok(error instanceof CallFailed, `${error}`);
  return [error.status, error.details];
}

Deno.test("messages are encoded with Modal's field numbers", () => {
  const hex = (bytes: Uint8Array) => new Uint8Array(bytes).toHex();
  const create = modalService.TokenFlowCreate.requestSerialize({
    utmSource: "a",
    localhostPort: 4711,
    nextUrl: "/home",
    expiresInSeconds: 300,
  });
  assert.equal(hex(create), "1a0161" + "20e724" + "2a052f686f6d65" + "30ac02");
  const wait = modalService.TokenFlowWait.requestSerialize({
    timeout: 40,
    tokenFlowId: "tf",
    waitSecret: "w",
  });
  assert.equal(hex(wait), "0d00002042" + "12027466" + "1a0177");
  const granted = modalService.TokenFlowWait.responseSerialize({
    tokenId: "ak",
    tokenSecret: "as",
    timeout: true,
    workspaceUsername: "me",
  });
  assert.equal(hex(granted), "0a02616b" + "12026173" + "1801" + "22026d65");
  const hello = modalService.ClientHello.responseSerialize({ serverWarnings: [{ type: 1, message: "x" }] });
  assert.equal(hex(hello), "2205" + "0801" + "120178");
  assert.equal(modalService.TokenFlowWait.path, "/modal.client.ModalClient/TokenFlowWait");
});

Deno.test("ids, secrets and codes have Modal's form, and are unique", async () => {
  await using rig = await startRig({ switches: { code: "shown" } });
  const flows = await Promise.all(Array.from({ length: 20 }, () => rig.modal.createTokenFlow(PLAIN_FLOW)));
  for (const { value } of flows) {
    assert.match(value.tokenFlowId, /^tf-[0-9A-Za-z]{22}$/);
    assert.equal(value.webUrl, `${rig.emulator.pageUrl}/token-flow/${value.tokenFlowId}`);
    assert.match(value.code, /^[A-Z2-9]{4}-[A-Z2-9]{4}$/);
  }
  const { tokenId, tokenSecret } = rig.emulator.issueToken();
  assert.match(tokenId, /^ak-[0-9A-Za-z]{22}$/);
  assert.match(tokenSecret, /^as-[0-9A-Za-z]{22}$/);
  const secrets = rig.emulator.secrets();
  assert.equal(new Set(secrets).size, 21);
  for (const { value } of flows) assert.ok(!value.webUrl.includes(value.waitSecret.reveal()));
});

Deno.test("an approval on the page answers the waiting call", async () => {
  await using rig = await startRig();
  const { value: flow } = await rig.modal.createTokenFlow(PLAIN_FLOW);
  const waiting = rig.modal.waitForTokenFlow({ ...flow, timeoutSeconds: 40 });

  const page = await fetch(flow.webUrl);
  const html = await page.text();
  assert.equal(page.status, 200);
  assert.match(
    page.headers.get("content-security-policy") ?? "",
    /default-src 'none'.*frame-ancestors 'none'/,
  );
  assert.match(html, /<html lang="en">[^]*<title>[^]*<h1>/);
  const actions = [...html.matchAll(/<form method="post" action="([^"]+)">/g)].map(([, action]) => action);
  assert.deepEqual(actions.map((action) => new URL(action ?? "", flow.webUrl).href), [
    `${flow.webUrl}/approve`,
    `${flow.webUrl}/deny`,
  ]);
  assert.ok(!rig.emulator.secrets().some((secret) => html.includes(secret)));
  assert.equal(rig.emulator.flows.get(flow.tokenFlowId)?.state, "open", "viewing the page changed the flow");

  assert.match(await (await fetch(`${flow.webUrl}/approve`, { method: "POST" })).text(), /Approved/);
  const { value } = await waiting;
  assert.equal(value.kind, "granted");
  assert.ok(value.kind === "granted" && value.workspace === "emulated-workspace");
});

Deno.test("the page refuses unknown flows, wrong methods and second decisions", async () => {
  await using rig = await startRig();
  const { value: flow } = await rig.modal.createTokenFlow(PLAIN_FLOW);
  const ask = async (url: string, method: string) => {
    const answer = await fetch(url, { method });
    await answer.body?.cancel();
    return answer.status;
  };
  assert.equal(await ask(`${rig.emulator.pageUrl}/`, "GET"), 404);
  assert.equal(await ask(`${rig.emulator.pageUrl}/token-flow/tf-unknown/approve`, "POST"), 404);
  assert.equal(await ask(`${flow.webUrl}/approve`, "GET"), 405);
  assert.equal(await ask(flow.webUrl, "POST"), 405);
  assert.equal(await ask(flow.webUrl, "HEAD"), 200);
  assert.equal(await ask(`${flow.webUrl}/deny`, "POST"), 200);
  assert.equal(await ask(`${flow.webUrl}/approve`, "POST"), 409);
  assert.equal(rig.emulator.flows.get(flow.tokenFlowId)?.state, "denied");
  assert.equal(await ask(flow.webUrl, "GET"), 200);
});

Deno.test("a code can be shown for comparison, or must be typed", async () => {
  await using rig = await startRig({ switches: { code: "shown" } });
  const shown = (await rig.modal.createTokenFlow(PLAIN_FLOW)).value;
  assert.ok((await (await fetch(shown.webUrl)).text()).includes(`<code>${shown.code}</code>`));

  rig.emulator.switches.code = "required";
  const required = (await rig.modal.createTokenFlow(PLAIN_FLOW)).value;
  assert.ok(
    !(await (await fetch(required.webUrl)).text()).includes(required.code),
    "the page shows the code",
  );
  const type = async (code: string) => {
    const answer = await fetch(`${required.webUrl}/approve`, {
      method: "POST",
      body: new URLSearchParams({ code }),
    });
    await answer.body?.cancel();
    return answer.status;
  };
  assert.equal(await type("AAAA-AAAA"), 403);
  assert.equal(await type(required.code.toLowerCase().replace("-", " ")), 200);
  assert.equal(rig.emulator.flows.get(required.tokenFlowId)?.state, "approved");
});

Deno.test("calls without valid client headers are refused with Modal's texts", async () => {
  await using emulator = await startModalEmulator();
  await using client = await otherClient(emulator.url);
  const create = (headers: Record<string, string>) =>
    refusal(client.call("TokenFlowCreate", PLAIN_FLOW, headers));
  const without = (name: string) =>
    Object.fromEntries(Object.entries(PYTHON).filter(([key]) => key !== name));
  for (const name of Object.keys(PYTHON)) {
    assert.deepEqual(await create(without(name)), [status.FAILED_PRECONDITION, `Missing ${name} header`]);
  }
  const { FAILED_PRECONDITION, UNAUTHENTICATED } = status;
  assert.deepEqual(await create({ ...PYTHON, "x-modal-client-type": "3" }), [
    FAILED_PRECONDITION,
    "Unknown client type",
  ]);
  assert.deepEqual(await create({ ...PYTHON, "x-modal-client-version": "new" }), [
    FAILED_PRECONDITION,
    "Invalid client version",
  ]);
  for (const headers of [PYTHON, JAVASCRIPT]) {
    assert.ok((await client.call("TokenFlowCreate", PLAIN_FLOW, headers)).tokenFlowId);
    assert.equal((await refusal(client.call("ClientHello", {}, headers)))[0], UNAUTHENTICATED);
  }
});

Deno.test("wrong tokens are refused with Modal's texts", async () => {
  await using emulator = await startModalEmulator();
  await using client = await otherClient(emulator.url);
  const { tokenId, tokenSecret } = emulator.issueToken();
  const hello = (id: string, secret: string) =>
    client.call("ClientHello", {}, { ...PYTHON, "x-modal-token-id": id, "x-modal-token-secret": secret });
  await hello(tokenId, tokenSecret);
  const cases: [string, string, string][] = [
    [tokenSecret, tokenId, "Token ID is malformed"],
    ["ak-none", tokenSecret, "Token not found"],
    [tokenId, "as-wrong", "Token validation failed"],
  ];
  for (const [id, secret, text] of cases) {
    assert.deepEqual(await refusal(hello(id, secret)), [status.UNAUTHENTICATED, text]);
  }
});

Deno.test("AuthTokenGet returns a JWT for the JavaScript client", async () => {
  await using emulator = await startModalEmulator();
  await using client = await otherClient(emulator.url);
  const { tokenId, tokenSecret } = emulator.issueToken();
  const headers = { ...JAVASCRIPT, "x-modal-token-id": tokenId, "x-modal-token-secret": tokenSecret };
  const { token } = await client.call("AuthTokenGet", {}, headers);
  const [, claims, signature] = token.split(".");
  const { exp } = JSON.parse(atob(claims ?? ""));
  assert.ok(exp > Date.now() / 1000 && signature);
  assert.match(
    (await client.call("WorkspaceDashboardUrlGet", { environmentName: "" }, headers)).url,
    /^http/,
  );
});

Deno.test("a token has the requested lifetime, or the workspace's default", async () => {
  let now = new Date("2026-11-21T12:00:00Z");
  await using rig = await startRig({
    now: () => now,
    switches: { newFlows: "approved", tokenLifetimeSeconds: 600 },
  });
  const grant = async (expiresInSeconds: number) => {
    const { value: flow } = await rig.modal.createTokenFlow({ ...PLAIN_FLOW, expiresInSeconds });
    const { value } = await rig.modal.waitForTokenFlow({ ...flow, timeoutSeconds: 1 });
    assert.ok(value.kind === "granted");
    return value.token;
  };
  const [hour, usual] = [await grant(3600), await grant(0)];
  assert.deepEqual((await rig.modal.tokenInfo(hour)).value.expiresAt, new Date("2026-11-21T13:00:00Z"));
  assert.deepEqual((await rig.modal.tokenInfo(usual)).value.expiresAt, new Date("2026-11-21T12:10:00Z"));
  now = new Date("2026-11-21T12:10:00Z");
  await rig.modal.hello(hour);
  assert.equal((await rejected(rig.modal.hello(usual))).reason, "bad_token");
});

Deno.test("a flow expires, also while a call waits for it", async () => {
  await using rig = await startRig({ switches: { flowLifetimeSeconds: 0.02 } });
  const { value: flow } = await rig.modal.createTokenFlow(PLAIN_FLOW);
  assert.equal(
    (await rejected(rig.modal.waitForTokenFlow({ ...flow, timeoutSeconds: 40 }))).reason,
    "expired",
  );
});

Deno.test("a token is not lost when the waiting client has disconnected", async (t) => {
  await using rig = await startRig();
  for (const delayMs of [0, 60_000]) {
    await t.step(delayMs === 0 ? "before the approval" : "before the answer", async () => {
      const { value: flow } = await rig.modal.createTokenFlow(PLAIN_FLOW);
      rig.emulator.switches.delayMs = delayMs;
      const client = await otherClient(rig.emulator.url);
      const request = { tokenFlowId: flow.tokenFlowId, waitSecret: flow.waitSecret.reveal(), timeout: 40 };
      const waiting = refusal(client.call("TokenFlowWait", request, PYTHON));
      await until(() => rig.emulator.callsUnderWay() === 1);
      if (delayMs > 0) rig.emulator.approve(flow.tokenFlowId);
      await client[Symbol.asyncDispose]();
      await waiting;
      await until(() => rig.emulator.callsUnderWay() === 0);
      rig.emulator.switches.delayMs = 0;
      rig.emulator.approve(flow.tokenFlowId);
      assert.equal((await rig.modal.waitForTokenFlow({ ...flow, timeoutSeconds: 40 })).value.kind, "granted");
    });
  }
});

Deno.test("responses can be delayed, and closing ends the calls in progress", async () => {
  const emulator = await startModalEmulator({ switches: { delayMs: 60_000 } });
  const client = await otherClient(emulator.url);
  const calls = Array.from({ length: 30 }, () => refusal(client.call("TokenFlowCreate", PLAIN_FLOW, PYTHON)));
  await until(() => emulator.callsUnderWay() === 30);
  await emulator.close();
  for (const [code] of await Promise.all(calls)) assert.equal(code, status.UNAVAILABLE);
  await until(() => emulator.callsUnderWay() === 0);
  await client[Symbol.asyncDispose]();
});
