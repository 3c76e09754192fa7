import assert from "node:assert/strict";
import { FloodGuard, MAX_IDLE_FRAMES } from "../../../src/providers/modal/grpc/flood_guard.ts";
import {
  encodeSettings,
  ErrorCode,
  Flag,
  type Frame,
  FrameType,
} from "../../../src/providers/modal/grpc/frames.ts";
import { encodeFrame, Setting, uint32s } from "../../../src/providers/modal/grpc/frames.ts";
import { CallFailed } from "../../../src/providers/modal/grpc/grpc_client.ts";
import { serveGrpc } from "../../../src/providers/modal/grpc/grpc_server.ts";
import { status } from "../../../src/providers/modal/grpc/grpc_status.ts";
import { encodeHeaders, type HeaderList } from "../../../src/providers/modal/grpc/hpack.ts";
import { createModalChannels, type ModalChannels } from "../../../src/providers/modal/api/modal_channels.ts";
import { quickClient, unreachable, until } from "../../support/modal_rig.ts";
import { GRPC_HEAD, type RawPeer, startRawServer } from "../../support/raw_http2.ts";
import { forward } from "../../support/tunnels.ts";

/*
 * Hostile peers: none may hang the process or keep it busy for longer than a call.
 */

Deno.test.sanitizer({ ops: true, resources: true });

const NOTHING = new Uint8Array();
const bytes = (value: Uint8Array) => value;
const echo = {
  path: "/test.Echo/Say",
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
};

function channelsTo(port: number): ModalChannels & Disposable {
  const target = { hostname: "127.0.0.1", port, authority: `127.0.0.1:${port}`, secure: false };
  const channels = createModalChannels(target);
  return Object.assign(channels, { [Symbol.dispose]: () => channels.close() });
}

const call = (channels: ModalChannels, timeoutSeconds = 5, message = NOTHING) =>
  channels.call(echo, message, { headers: {}, timeoutSeconds });

/** Returns the failure of a call and its duration. */
async function failed(channels: ModalChannels, timeoutSeconds = 5) {
  const started = performance.now();
  const error = await call(channels, timeoutSeconds).then(() => assert.fail("it succeeded"), (why) => why);
  assert.ok(error instanceof CallFailed, `${error}`);
  return { status: error.status, details: error.details, ms: performance.now() - started };
}

/** Starts a server that runs `hostile` for each DATA frame and ignores its errors. */
function hostileServer(hostile: (peer: RawPeer) => Promise<void>) {
  return startRawServer([], async ({ type }, peer) => {
    if (type === FrameType.DATA) await hostile(peer).catch(() => {});
  });
}

Deno.test("RFC 9113 §6.5.2: settings that prevent sending are rejected", async (t) => {
  const refused: [name: string, id: number, value: number][] = [
    ["frames of no bytes", Setting.MAX_FRAME_SIZE, 0],
    ["frames of a byte", Setting.MAX_FRAME_SIZE, 1],
    ["frames just too small", Setting.MAX_FRAME_SIZE, 16_383],
    ["frames too large", Setting.MAX_FRAME_SIZE, 2 ** 24],
    ["a window too large", Setting.INITIAL_WINDOW_SIZE, 2 ** 31],
  ];
  for (const [name, id, value] of refused) {
    await t.step(name, async () => {
      // In another process, because the tested failure is an endless loop that blocks the process.
      await using server = startRawServer([[id, value]], (_, peer) => peer.answer(1).catch(() => {}));
      const source = new URL("../../../src/providers/modal/api/modal_client.ts", import.meta.url);
      const script = `import { createModalClient } from "${source}";
        const modal = createModalClient({ serverUrl: "http://127.0.0.1:${server.port}", sleep: async () => {} });
        console.log((await modal.reach().then(() => "reached", (error) => error.detail)));
        modal.close();`;
      const args = ["eval", `--config=${new URL("../../../deno.json", import.meta.url).pathname}`, script];
      const signal = AbortSignal.timeout(15_000);
      const { stdout } = await new Deno.Command(Deno.execPath(), { args, signal }).output();
      assert.match(new TextDecoder().decode(stdout), /impossible settings/);
    });
  }
  await t.step("the allowed extremes are accepted", async () => {
    const largest: [number, number] = [Setting.MAX_FRAME_SIZE, 2 ** 24 - 1];
    const widest: [number, number] = [Setting.INITIAL_WINDOW_SIZE, 2 ** 31 - 1];
    await using server = startRawServer([largest, widest], async ({ type, streamId }, peer) => {
      if (type === FrameType.DATA) await peer.answer(streamId);
    });
    using channels = channelsTo(server.port);
    await call(channels);
  });
});

Deno.test("a window overflow closes the connection", async () => {
  await using server = hostileServer((peer) =>
    peer.send(FrameType.WINDOW_UPDATE, 0, 0, uint32s(2 ** 31 - 1))
  );
  using channels = channelsTo(server.port);
  assert.match((await failed(channels)).details, /window too large/);
});

Deno.test("a server that closes each new connection is not reconnected to endlessly", async (t) => {
  let connections = 0;
  const parts = [
    encodeFrame(FrameType.SETTINGS, 0, 0, NOTHING),
    encodeFrame(FrameType.GOAWAY, 0, 0, uint32s(0, ErrorCode.NO_ERROR)),
  ];
  const leaving = Uint8Array.from(parts.flatMap((part) => [...part]));
  const goodbye = () =>
    forward(Deno.listen({ hostname: "127.0.0.1", port: 0 }), async (socket) => {
      connections++;
      await socket.write(leaving);
      while (await socket.read(new Uint8Array(1024)) !== null);
    });
  await t.step("within one attempt", async () => {
    await using server = goodbye();
    using channels = channelsTo(server.port);
    const { status: code, details } = await failed(channels, 2);
    assert.deepEqual([code, details], [status.UNAVAILABLE, "the server is going away"]);
    assert.ok(connections <= 2, `${connections} connections`);
  });
  await t.step("within a call with its retries and pauses", async () => {
    connections = 0;
    await using server = goodbye();
    const { modal, slept, close } = quickClient({ serverUrl: `http://127.0.0.1:${server.port}` });
    assert.match((await unreachable(modal.reach())).detail ?? "", /the server is going away/);
    assert.deepEqual(slept, [0.1, 0.2, 0.4]);
    assert.ok(connections <= 8, `${connections} connections`);
    close();
  });
});

Deno.test("CVE-2024-27316: headers in too many pieces are rejected", async (t) => {
  const block = encodeHeaders(GRPC_HEAD);
  const inPieces = (pieces: Uint8Array[]) =>
    hostileServer(async (peer) => {
      await peer.send(FrameType.HEADERS, 0, 1, pieces[0]);
      for (const piece of pieces.slice(1, -1)) await peer.send(FrameType.CONTINUATION, 0, 1, piece);
      await peer.send(FrameType.CONTINUATION, Flag.END_HEADERS, 1, pieces.at(-1));
      await peer.send(FrameType.DATA, 0, 1, new Uint8Array(5));
      await peer.sendHeaders(1, [["grpc-status", "0"]], true);
    });
  const step = 2;
  const small = Array.from(
    { length: Math.ceil(block.length / step) },
    (_, at) => block.slice(at * step, (at + 1) * step),
  );
  const refused: Record<string, [Uint8Array[], RegExp]> = {
    "an empty piece": [[block.slice(0, 4), NOTHING, block.slice(4)], /too many pieces/],
    "18 pieces": [small.slice(0, 18), /too many pieces/],
    "more than 64 KiB": [Array.from({ length: 5 }, () => new Uint8Array(16_000)), /headers too large/],
  };
  for (const [name, [pieces, expected]] of Object.entries(refused)) {
    await t.step(name, async () => {
      await using server = inPieces(pieces);
      using channels = channelsTo(server.port);
      assert.match((await failed(channels)).details, expected);
      await until(() => channels.connections === 0);
    });
  }
  await t.step("17 pieces are accepted", async () => {
    await using server = inPieces([...small.slice(0, 16), block.slice(16 * step)]);
    using channels = channelsTo(server.port);
    await call(channels);
  });
});

Deno.test("CVE-2019-9511 to -9518: a flood of idle frames closes the connection", async (t) => {
  const frame = (type: number, flags: number, streamId: number, payload = NOTHING) =>
    ({ type, flags, streamId, payload }) as Frame;
  const floods: Record<string, Frame> = {
    "empty DATA": frame(FrameType.DATA, 0, 1),
    "tiny DATA": frame(FrameType.DATA, 0, 1, new Uint8Array(1)),
    "padding": frame(FrameType.DATA, Flag.PADDED, 1, Uint8Array.from([250, ...new Uint8Array(250)])),
    "DATA for no stream of ours": frame(FrameType.DATA, 0, 99, new Uint8Array(300)),
    "PING": frame(FrameType.PING, 0, 0, new Uint8Array(8)),
    "SETTINGS": frame(FrameType.SETTINGS, 0, 0),
    "WINDOW_UPDATE": frame(FrameType.WINDOW_UPDATE, 0, 99, uint32s(1)),
    "RST_STREAM for no stream of ours": frame(FrameType.RST_STREAM, 0, 99, uint32s(8)),
    "an unknown type": frame(77, 0, 0),
    "HEADERS of 1xx": frame(FrameType.HEADERS, Flag.END_HEADERS, 1, encodeHeaders([[":status", "103"]])),
  };
  for (const [name, { type, flags, streamId, payload }] of Object.entries(floods)) {
    await t.step(name, async () => {
      let sent = 0;
      await using server = hostileServer(async (peer) => {
        await peer.sendHeaders(1, GRPC_HEAD, false);
        for (; sent < 200_000; sent++) await peer.send(type, flags, streamId, payload);
      });
      using channels = channelsTo(server.port);
      const { status: code, details, ms } = await failed(channels);
      assert.equal(code, status.UNAVAILABLE);
      assert.match(details, /a flood of frames/);
      assert.ok(ms < 3000, `after ${ms} ms`);
      await until(() => channels.connections === 0);
    });
  }
});

Deno.test("an endless page of a server without gRPC is not read to the end", async () => {
  const page: HeaderList = [[":status", "200"], ["content-type", "text/html"]];
  await using server = hostileServer(async (peer) => {
    await peer.sendHeaders(1, page, false);
    for (;;) await peer.send(FrameType.DATA, 0, 1, new Uint8Array(16_000));
  });
  using channels = channelsTo(server.port);
  const { details, ms } = await failed(channels);
  assert.match(details, /HTTP status 200 without a gRPC status/);
  assert.ok(ms < 3000, `after ${ms} ms`);
  await until(() => channels.connections === 0);
});

Deno.test("a connection on which a call timed out between idle frames is not used again", async () => {
  const indices: number[] = [];
  await using server = startRawServer([], async ({ type, streamId }, peer) => {
    if (type !== FrameType.DATA) return;
    indices.push(peer.index);
    if (peer.index > 0) return await peer.answer(streamId);
    for (let sent = 0; sent < 300; sent++) await peer.send(FrameType.PING, 0, 0, new Uint8Array(8));
  });
  using channels = channelsTo(server.port);
  assert.equal((await failed(channels, 0.5)).status, status.DEADLINE_EXCEEDED);
  await until(() => channels.connections === 0);
  await call(channels);
  assert.deepEqual(indices, [0, 1]);
});

Deno.test("pings and window updates for each call do not count as a flood", async () => {
  await using server = startRawServer([], async ({ type, streamId }, peer) => {
    if (type !== FrameType.DATA) return;
    await peer.send(FrameType.WINDOW_UPDATE, 0, 0, uint32s(5));
    await peer.send(FrameType.WINDOW_UPDATE, 0, streamId, uint32s(5));
    await peer.send(FrameType.PING, 0, 0, new Uint8Array(8));
    await peer.answer(streamId);
  });
  using channels = channelsTo(server.port);
  // In total more than a thousand idle frames.
  for (let calls = 0; calls < 500; calls++) await call(channels);
  assert.equal(channels.connections, 1);
});

Deno.test("the guard counts in windows of ten seconds, and a call accounts for ten frames", () => {
  let now = 0;
  const guard = new FloodGuard(() => now);
  const send = (count: number) => {
    for (let sent = 0; sent < count; sent++) guard.idle();
  };
  send(MAX_IDLE_FRAMES);
  assert.throws(() => guard.idle(), /flood/);
  assert.ok(guard.isSuspicious);
  now = 10_001;
  assert.ok(!guard.isSuspicious);
  send(MAX_IDLE_FRAMES);
  guard.call();
  send(10);
  assert.throws(() => guard.idle(), /flood/);
});

Deno.test("CVE-2023-44487: a client that opens and resets many calls is disconnected", async () => {
  const server = serveGrpc({ hostname: "127.0.0.1", port: 0, maxStreams: 100 }, async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return { message: NOTHING, trailers: {} };
  });
  const socket = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const head = encodeHeaders([[":method", "POST"], [":path", "/x"], ["content-type", "application/grpc"]]);
  const send = async (part: Uint8Array) => {
    for (let at = 0; at < part.length;) at += await socket.write(part.subarray(at));
  };
  await send(new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  await send(encodeFrame(FrameType.SETTINGS, 0, 0, encodeSettings([])));
  const dropping = async () => {
    for (let id = 1; id < 40_000; id += 2) {
      await send(encodeFrame(FrameType.HEADERS, Flag.END_HEADERS, id, head));
      await send(encodeFrame(FrameType.DATA, Flag.END_STREAM, id, new Uint8Array(5)));
      await send(encodeFrame(FrameType.RST_STREAM, 0, id, uint32s(ErrorCode.CANCEL)));
    }
  };
  await assert.rejects(dropping(), /reset|broken pipe|aborted/i);
  socket.close();
  await server.close();
});

Deno.test("RFC 9113 §6.8: closing a connection sends GOAWAY first", async () => {
  await using server = startRawServer([], async ({ type, streamId }, peer) => {
    if (type === FrameType.DATA) await peer.answer(streamId);
  });
  const channels = channelsTo(server.port);
  await call(channels);
  channels.close();
  await until(() => server.frames.some(({ type }) => type === FrameType.GOAWAY));
  const goodbye = server.frames.at(-1);
  assert.deepEqual([goodbye?.type, goodbye?.payload], [FrameType.GOAWAY, uint32s(0, ErrorCode.NO_ERROR)]);
});

Deno.test("a response before the request is read leaves no open call", async () => {
  const settings: [number, number][] = [[Setting.INITIAL_WINDOW_SIZE, 0], [
    Setting.MAX_CONCURRENT_STREAMS,
    1,
  ]];
  await using server = startRawServer(settings, async ({ type, streamId }, peer) => {
    if (type === FrameType.HEADERS) await peer.answer(streamId);
  });
  using channels = channelsTo(server.port);
  for (let calls = 0; calls < 3; calls++) await call(channels, 5, new Uint8Array(9));
  assert.equal(channels.connections, 1);
});
