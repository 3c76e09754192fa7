import assert from "node:assert/strict";
import { startModalEmulator } from "../../src/emulators/modal/modal_emulator.ts";
import { readRetryPolicy } from "../../src/providers/modal/api/modal_proto.ts";
import { ErrorCode, FrameType, uint32s } from "../../src/providers/modal/grpc/frames.ts";
import { CallFailed } from "../../src/providers/modal/grpc/grpc_client.ts";
import { status } from "../../src/providers/modal/grpc/grpc_status.ts";
import { METHOD, PYTHON, theirClient, theirServer } from "../support/grpc_interop.ts";
import { type Pairs, startGrpcJsClient } from "../support/grpc_js.ts";
import { PLAIN_FLOW, until } from "../support/modal_rig.ts";
import { startRawServer } from "../support/raw_http2.ts";

/** Our client with a grpc-js server, and a grpc-js client with our server. */

Deno.test.sanitizer({ ops: true, resources: true });

const base64 = (...values: number[]) => Uint8Array.from(values).toBase64();
const OK = { message: "", trailers: [] };

async function failed(promise: Promise<unknown>): Promise<CallFailed> {
  const error = await promise.then(() => assert.fail("it succeeded"), (reason) => reason);
  assert.ok(error instanceof CallFailed, `${error}`);
  return error;
}

Deno.test("our client, grpc-js server: messages, headers and trailers arrive, including binary ones", async () => {
  await using rig = await theirServer();
  const message = Uint8Array.from({ length: 200_000 }, (_, index) => index);
  const binary = base64(0, 0x80, 0x9f, 0xff);
  // In the second round, grpc-js's HPACK encoder has the headers of the first in its table.
  for (const round of ["first", "second"]) {
    const answered = rig.call({ headers: { "x-round": round, "x-round-bin": binary } }, message);
    const { id, headers, message: seen } = await rig.next();
    assert.deepEqual(seen, message.toBase64());
    assert.deepEqual([headers["x-round"], headers["x-round-bin"]], [round, binary]);
    await rig.server.ask("reply", {
      id,
      message: message.toBase64(),
      trailers: [["x-end", "one"], ["x-end", "two"], ["x-end-bin", binary]],
    });
    const { response, trailers } = await answered;
    assert.deepEqual(response, message);
    assert.deepEqual([trailers["x-end"], trailers["x-end-bin"]], ["one,two", binary]);
  }
  assert.equal(rig.channels.connections, 1);
});

Deno.test("our client, grpc-js server: an error's status, text and trailers arrive, with and without headers before", async () => {
  await using rig = await theirServer();
  for (const headFirst of [false, true]) {
    const refused = failed(rig.call());
    const { id } = await rig.next();
    const details = "Zu viele Aufrufe – 100 % ✓";
    const trailers: Pairs = [["grpc-status-details-bin", base64(8, 8, 0xff)]];
    await rig.server.ask("reply", { id, status: status.RESOURCE_EXHAUSTED, details, headFirst, trailers });
    const error = await refused;
    assert.deepEqual([error.status, error.details], [status.RESOURCE_EXHAUSTED, details]);
    assert.equal(error.trailers["grpc-status-details-bin"], base64(8, 8, 0xff));
  }
  const unknown = failed(
    rig.channels.call({ ...METHOD, path: "/test.Interop/Unknown" }, new Uint8Array(), {
      headers: {},
      timeoutSeconds: 10,
    }),
  );
  assert.equal((await unknown).status, status.UNIMPLEMENTED);
});

Deno.test("our client, grpc-js server: the deadline reaches the server and ends the call there", async () => {
  await using rig = await theirServer();
  const late = failed(rig.call({ timeoutSeconds: 1 }));
  const { id, timeoutMs } = await rig.next();
  assert.ok(timeoutMs !== null && timeoutMs <= 1000, `${timeoutMs} ms`);
  assert.equal((await late).status, status.DEADLINE_EXCEEDED);
  await rig.cancelled(id);
});

Deno.test("our client, grpc-js server: a cancelled call is cancelled at the server, and others continue", async () => {
  await using rig = await theirServer();
  const controller = new AbortController();
  const given = rig.call({ signal: controller.signal });
  const first = await rig.next();
  const other = rig.call();
  const second = await rig.next();
  controller.abort(new Error("changed our mind"));
  await assert.rejects(given, /changed our mind/);
  await rig.cancelled(first.id);
  await rig.server.ask("reply", { id: second.id, ...OK });
  await other;
  assert.equal(first.peer, second.peer);
  assert.equal(rig.channels.connections, 1);
});

Deno.test("our client, grpc-js server: after GOAWAY, running calls continue and later ones use a new connection", async () => {
  await using rig = await theirServer();
  const before = rig.call();
  const first = await rig.next();
  await rig.server.ask("drain", 3_600_000);
  const after = rig.call();
  const second = await rig.next();
  for (const { id } of [first, second]) await rig.server.ask("reply", { id, ...OK });
  await Promise.all([before, after]);
  assert.notEqual(first.peer, second.peer);
  await until(() => rig.channels.connections === 1);
});

Deno.test("our client, grpc-js server: after GOAWAY on an idle connection, the next call uses a new one", async () => {
  await using rig = await theirServer();
  const peers: string[] = [];
  for (const round of [1, 2]) {
    const answered = rig.call();
    const { id, peer } = await rig.next();
    peers.push(peer);
    await rig.server.ask("reply", { id, ...OK });
    await answered;
    if (round === 1) await rig.server.ask("drain", 3_600_000);
    if (round === 1) await until(() => rig.channels.connections === 0);
  }
  assert.equal(new Set(peers).size, 2);
});

Deno.test("our client, grpc-js server: GOAWAY with an error ends running calls, and the next call works", async () => {
  await using rig = await theirServer();
  const broken = failed(rig.call());
  await rig.next();
  await rig.server.ask("drain", 0);
  assert.equal((await broken).status, status.UNAVAILABLE);
  const answered = rig.call();
  const { id } = await rig.next();
  await rig.server.ask("reply", { id, ...OK });
  await answered;
});

Deno.test("grpc-js client, our server: messages, headers and trailers arrive, including binary ones", async () => {
  await using emulator = startModalEmulator();
  await using rig = theirClient(emulator);
  emulator.switches.trailerWarnings = ["old client"];
  const binary = base64(0, 0x80, 0x9f, 0xff);
  const headers: Pairs = [...PYTHON, ["x-many", "one"], ["x-many", "two"], ["x-data-bin", binary]];
  // In the second round, grpc-js's HPACK encoder has the headers of the first in its table.
  for (const round of [1, 2]) {
    const { status: code, response, trailers } = await rig.call("TokenFlowCreate", PLAIN_FLOW, headers).ended;
    assert.deepEqual([code, trailers["x-modal-warning"]], [status.OK, "old%20client"]);
    assert.ok(emulator.flows.has(response?.tokenFlowId ?? ""));
    const seen = emulator.calls.at(-1)?.headers;
    assert.deepEqual([seen?.["x-many"], seen?.["x-data-bin"]], ["one,two", binary]);
    assert.equal(emulator.calls.length, round);
  }
  assert.equal(new Set(emulator.calls.map(({ peer }) => peer)).size, 1);
});

Deno.test("grpc-js client, our server: an error's status, text and binary trailers arrive", async () => {
  await using emulator = startModalEmulator();
  await using rig = theirClient(emulator);
  emulator.switches.faults.push({
    status: status.RESOURCE_EXHAUSTED,
    text: "slow – 100 % ✓",
    retryAfterSeconds: 7,
  });
  const { status: code, details, trailers } = await rig.call("TokenFlowCreate", PLAIN_FLOW).ended;
  assert.deepEqual([code, details], [status.RESOURCE_EXHAUSTED, "slow – 100 % ✓"]);
  assert.equal(readRetryPolicy(trailers["grpc-status-details-bin"] ?? ""), 7);
});

Deno.test("grpc-js client, our server: the deadline reaches our server and ends the call", async () => {
  await using emulator = startModalEmulator();
  await using rig = theirClient(emulator);
  const { ended } = await rig.wait(1000);
  const { timeoutSeconds = 0 } = emulator.calls.at(-1) ?? {};
  assert.ok(timeoutSeconds > 0 && timeoutSeconds <= 1, `${timeoutSeconds} s`);
  assert.equal((await ended).status, status.DEADLINE_EXCEEDED);
  await until(() => emulator.callsUnderWay() === 0);
});

Deno.test("grpc-js client, our server: a cancelled call ends at our server, and others continue", async () => {
  await using emulator = startModalEmulator();
  await using rig = theirClient(emulator);
  const { id, ended } = await rig.wait();
  await rig.client.ask("cancel", id);
  assert.equal((await ended).status, status.CANCELLED);
  await until(() => emulator.callsUnderWay() === 0);
  assert.equal((await rig.call("TokenFlowCreate", PLAIN_FLOW).ended).status, status.OK);
  assert.equal(new Set(emulator.calls.map(({ peer }) => peer)).size, 1);
});

Deno.test("grpc-js client, our server: after the client's GOAWAY, running calls continue", async () => {
  await using emulator = startModalEmulator();
  await using rig = theirClient(emulator);
  const { tokenFlowId, ended } = await rig.wait();
  await rig.client.ask("close");
  emulator.approve(tokenFlowId);
  const { status: code, response } = await ended;
  assert.deepEqual([code, response?.workspaceUsername], [status.OK, "emulated-workspace"]);
});

Deno.test("grpc-js client, our server: our GOAWAY ends running calls, and the next call reaches the new server", async () => {
  const before = startModalEmulator();
  await using rig = theirClient(before);
  const { ended } = await rig.wait();
  await before.close();
  assert.equal((await ended).status, status.UNAVAILABLE);
  await using after = startModalEmulator({ port: Number(new URL(before.url).port) });
  assert.equal((await rig.call("TokenFlowCreate", PLAIN_FLOW).ended).status, status.OK);
  assert.equal(after.calls.length, 1);
});

Deno.test("grpc-js client, our frames: after GOAWAY, with or without an error, it opens a new connection", async (t) => {
  for (const code of [ErrorCode.NO_ERROR, ErrorCode.ENHANCE_YOUR_CALM]) {
    await t.step(`error code ${code}`, async () => {
      const indices: number[] = [];
      await using server = startRawServer([], async ({ type, streamId }, peer) => {
        if (type !== FrameType.DATA) return;
        indices.push(peer.index);
        await peer.answer(streamId);
        await peer.send(FrameType.GOAWAY, 0, 0, uint32s(streamId, code));
      });
      await using client = startGrpcJsClient(`127.0.0.1:${server.port}`);
      for (const id of ["1", "2"]) {
        const ended = await client.ask("call", { id, path: METHOD.path, message: "", headers: [] });
        assert.equal(ended.status, status.OK, ended.details);
      }
      assert.deepEqual(indices, [0, 1]);
    });
  }
});
