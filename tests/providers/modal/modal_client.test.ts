import assert from "node:assert/strict";
import { throttled, unavailable } from "../../../src/emulators/modal/switches.ts";
import { status } from "../../../src/providers/modal/grpc/grpc_status.ts";
import { parseModalServerUrl } from "../../../src/providers/modal/api/modal_server_url.ts";
import { Secret } from "../../../src/lib/secret.ts";
import { PLAIN_FLOW, rejected, startRig, unreachable, until } from "../../support/modal_rig.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const RETRY_HEADERS = [
  "x-idempotency-key",
  "x-retry-attempt",
  "x-throttle-retry-attempt",
  "x-modal-timestamp",
];

Deno.test("R34: create and wait send the client's headers and no token", async () => {
  await using rig = await startRig();
  const { value: flow } = await rig.modal.createTokenFlow({
    ...PLAIN_FLOW,
    localhostPort: 4711,
    nextUrl: "/home",
  });
  rig.emulator.approve(flow.tokenFlowId);
  const answer = await rig.modal.waitForTokenFlow({ ...flow, timeoutSeconds: 40 });
  assert.equal(answer.value.kind, "granted");

  const [create, wait] = rig.emulator.calls;
  assert.deepEqual(create?.request, { ...PLAIN_FLOW, localhostPort: 4711, nextUrl: "/home" });
  for (const call of [create, wait]) {
    assert.match(call?.headers["x-modal-client-version"] ?? "", /^\d+\.\d+\.\d+$/);
    assert.equal(call?.headers["x-modal-client-type"], "1");
    assert.ok(call?.headers["x-modal-python-version"]);
    assert.ok(call?.headers["x-modal-platform"]);
    assert.equal(call?.headers["x-modal-host"], "127.0.0.1");
    assert.equal(call?.headers["te"], "trailers");
    assert.match(call?.headers["user-agent"] ?? "", /^sallyport/);
    assert.equal(call?.headers["x-modal-token-id"], undefined);
    assert.equal(call?.headers["x-modal-token-secret"], undefined);
  }
});

Deno.test("R34: a poll may take five seconds longer than requested, and has no retry headers", async () => {
  await using rig = await startRig({ switches: { newFlows: "approved" } });
  const { value: flow } = await rig.modal.createTokenFlow(PLAIN_FLOW);
  await rig.modal.waitForTokenFlow({ ...flow, timeoutSeconds: 40 });
  await rig.modal.workspaceName(rig.token());

  const [create, wait, lookup] = rig.emulator.calls;
  assert.ok(create && create.timeoutSeconds <= 10 && create.timeoutSeconds > 5);
  assert.ok(wait && wait.timeoutSeconds <= 45 && wait.timeoutSeconds > 40);
  assert.ok(lookup && lookup.timeoutSeconds <= 3 && lookup.timeoutSeconds > 1);
  for (const name of RETRY_HEADERS) {
    assert.ok(create?.headers[name], name);
    assert.equal(wait?.headers[name], undefined, name);
    assert.equal(lookup?.headers[name], undefined, name);
  }
});

Deno.test("R35: the attempts of a call share one idempotency key and are counted", async () => {
  await using rig = await startRig({ switches: { faults: [unavailable(2)] } });
  await rig.modal.createTokenFlow(PLAIN_FLOW);
  await rig.modal.createTokenFlow(PLAIN_FLOW);

  const [first, second, third, other] = rig.emulator.calls.map((call) => call.headers);
  assert.deepEqual([first, second, third].map((headers) => headers?.["x-retry-attempt"]), ["0", "1", "2"]);
  assert.deepEqual([first, second, third].map((headers) => headers?.["x-throttle-retry-attempt"]), [
    "0",
    "0",
    "0",
  ]);
  assert.deepEqual([first, second, third].map((headers) => headers?.["x-retry-delay"]), [
    undefined,
    "0.100",
    "0.300",
  ]);
  const keys = [first, second, third, other].map((headers) => headers?.["x-idempotency-key"]);
  assert.match(keys[0] ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  assert.deepEqual([keys[1], keys[2]], [keys[0], keys[0]]);
  assert.notEqual(keys[3], keys[0]);
  assert.deepEqual(rig.slept, [0.1, 0.2]);
});

Deno.test("R35: transient failures are attempted four times, others once", async (t) => {
  const { UNAVAILABLE, DEADLINE_EXCEEDED, INTERNAL, UNKNOWN, CANCELLED } = status;
  const { INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION, UNAUTHENTICATED, RESOURCE_EXHAUSTED } = status;
  for (const code of [UNAVAILABLE, DEADLINE_EXCEEDED, INTERNAL, UNKNOWN, CANCELLED]) {
    await t.step(`status ${code}: four times`, async () => {
      await using rig = await startRig({ switches: { faults: [{ status: code, text: "no" }] } });
      await unreachable(rig.modal.createTokenFlow(PLAIN_FLOW));
      assert.equal(rig.emulator.calls.length, 4);
      assert.deepEqual(rig.slept, [0.1, 0.2, 0.4]);
    });
  }
  for (
    const code of [INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION, UNAUTHENTICATED, RESOURCE_EXHAUSTED]
  ) {
    await t.step(`status ${code}: once`, async () => {
      await using rig = await startRig({ switches: { faults: [{ status: code, text: "no" }] } });
      await assert.rejects(rig.modal.createTokenFlow(PLAIN_FLOW));
      assert.equal(rig.emulator.calls.length, 1);
    });
  }
});

Deno.test("R35: a retry that the server asks for is followed and not counted", async () => {
  const faults = [throttled(5, 2), throttled(1, 0.01), unavailable(3)];
  await using rig = await startRig({ switches: { faults } });
  await rig.modal.hello(rig.token());
  assert.deepEqual(rig.slept, [2, 2, 2, 2, 2, 0.1, 0.1, 0.2, 0.4]);
  const last = rig.emulator.calls.at(-1)?.headers;
  assert.equal(last?.["x-retry-attempt"], "3");
  assert.equal(last?.["x-throttle-retry-attempt"], "6");
  assert.equal(last?.["x-throttle-retry-delay"], "10.800");
});

Deno.test("R35: retries that the server asks for end after a minute, and absurd pauses are not followed", async (t) => {
  const cases: [asked: number, slept: number[], reported: number][] = [
    [25.2, [25.2, 25.2], 26],
    [61, [], 61],
    [1e12, [], 3600],
    [Infinity, [], 3600],
  ];
  for (const [asked, slept, reported] of cases) {
    await t.step(`${asked} s`, async () => {
      await using rig = await startRig({ switches: { faults: [throttled(99, asked)] } });
      const error = await unreachable(rig.modal.createTokenFlow(PLAIN_FLOW));
      assert.deepEqual(rig.slept, slept);
      assert.equal(error.retryAfterSeconds, reported);
      assert.equal(error.remedy.retryAfterSeconds, reported);
    });
  }
});

Deno.test("R34: a poll is never retried", async () => {
  await using rig = await startRig();
  const { value: flow } = await rig.modal.createTokenFlow(PLAIN_FLOW);
  const wait = () => rig.modal.waitForTokenFlow({ ...flow, timeoutSeconds: 40 });
  rig.emulator.switches.faults = [unavailable(1), throttled(1, 6.5)];
  assert.equal((await unreachable(wait())).retryAfterSeconds, undefined);
  assert.equal((await unreachable(wait())).retryAfterSeconds, 7);
  assert.deepEqual(rig.emulator.calls.map(({ method }) => method), [
    "TokenFlowCreate",
    "TokenFlowWait",
    "TokenFlowWait",
  ]);
  assert.deepEqual(rig.slept, []);
});

Deno.test("the lookup of the workspace's name is not retried", async () => {
  await using rig = await startRig({ switches: { faults: [unavailable(1)] } });
  await unreachable(rig.modal.workspaceName(rig.token()));
  assert.equal(rig.emulator.calls.length, 1);
  assert.equal((await rig.modal.workspaceName(rig.token())).value, "emulated-workspace");
});

Deno.test("aborting a poll ends it at once on both sides", async () => {
  await using rig = await startRig();
  const { value: flow } = await rig.modal.createTokenFlow(PLAIN_FLOW);
  const stop = new AbortController();
  const waiting = rig.modal.waitForTokenFlow({ ...flow, timeoutSeconds: 40 }, stop.signal);
  await until(() => rig.emulator.callsUnderWay() === 1);
  const reason = new Error("enough");
  stop.abort(reason);
  await assert.rejects(waiting, reason);
  await until(() => rig.emulator.callsUnderWay() === 0);

  // A token granted in the meantime is still available to the next poll.
  rig.emulator.approve(flow.tokenFlowId);
  await assert.rejects(rig.modal.waitForTokenFlow({ ...flow, timeoutSeconds: 40 }, stop.signal), reason);
  assert.equal((await rig.modal.waitForTokenFlow({ ...flow, timeoutSeconds: 40 })).value.kind, "granted");
});

Deno.test("a token is verified, described and named", async () => {
  await using rig = await startRig();
  const token = rig.token();
  assert.deepEqual(await rig.modal.hello(token), { value: undefined, warnings: [] });
  const { value: person } = await rig.modal.tokenInfo(token);
  assert.equal(person.tokenId, token.tokenId);
  assert.equal(person.username, "emulated-user");
  assert.equal(person.workspaceName, "emulated-workspace");
  assert.deepEqual(person.createdAt, rig.emulator.tokens.get(token.tokenId)?.createdAt);
  assert.ok(!("expiresAt" in person));
  rig.emulator.switches.identity = "service_user";
  assert.equal((await rig.modal.tokenInfo(token)).value.username, "emulated-service-user");

  const sent = rig.emulator.calls.at(-1)?.headers;
  assert.equal(sent?.["x-modal-token-id"], token.tokenId);
  assert.equal(sent?.["x-modal-token-secret"], token.tokenSecret.reveal());
});

Deno.test("the server counts as reached if it only misses a token", async () => {
  await using rig = await startRig({ switches: { trailerWarnings: ["old"] } });
  const { latencyMs, warnings } = await rig.modal.reach();
  assert.ok(latencyMs >= 0);
  assert.deepEqual(warnings, ["old"]);
  assert.equal(rig.emulator.calls[0]?.headers["x-modal-token-id"], undefined);
  rig.emulator.switches.faults = [{ status: status.FAILED_PRECONDITION, text: "Invalid client version" }];
  const error = await rejected(rig.modal.reach());
  assert.equal(error.reason, "other");
  assert.match(error.remedy.actionRequired ?? "", /Update/);
});

Deno.test("a closed client makes no calls, and calls in progress fail", async () => {
  await using rig = await startRig();
  const { value: flow } = await rig.modal.createTokenFlow(PLAIN_FLOW);
  const waiting = rig.modal.waitForTokenFlow({ ...flow, timeoutSeconds: 40 });
  await until(() => rig.emulator.callsUnderWay() === 1);
  rig.modal.close();
  await unreachable(waiting);
  await until(() => rig.emulator.callsUnderWay() === 0);
  await unreachable(rig.modal.reach());
});

Deno.test("a token that a header cannot contain is rejected and not quoted", async () => {
  await using rig = await startRig();
  for (const secret of ["as-two\r\nlines", "as-ünïcode", "as-with space", ""]) {
    const error = await rejected(rig.modal.hello({ tokenId: "ak-1", tokenSecret: new Secret(secret) }));
    assert.equal(error.reason, "bad_token");
    assert.ok(secret === "" || !error.message.includes(secret));
  }
  assert.equal(rig.emulator.calls.length, 0);
});

Deno.test("a server URL is TLS on 443 or plaintext on 80, and nothing else", () => {
  const taken: [string, string, boolean, string][] = [
    ["https://api.modal.com", "api.modal.com:443", true, "https://api.modal.com"],
    [" https://API.modal.com:443/ ", "api.modal.com:443", true, "https://api.modal.com"],
    ["http://localhost", "localhost:80", false, "http://localhost"],
    ["http://127.0.0.1:7788", "127.0.0.1:7788", false, "http://127.0.0.1:7788"],
    ["https://[::1]:8443", "[::1]:8443", true, "https://[::1]:8443"],
  ];
  for (const [text, authority, secure, url] of taken) {
    const server = parseModalServerUrl(text);
    assert.deepEqual([server.authority, server.secure, server.url], [authority, secure, url]);
  }
  const refused = ["", "api.modal.com", "api.modal.com:443", "ftp://modal.com", "unix:///tmp/x", "https://"];
  refused.push(
    "https://a.test,https://b.test",
    "https://user:pw@a.test",
    "https://a.test/path",
    "https://a.test?q=1",
  );
  for (const text of refused) {
    assert.throws(() => parseModalServerUrl(text), {
      code: "INVALID_INPUT",
      message: /^Cannot use Modal's server/,
    });
  }
});
