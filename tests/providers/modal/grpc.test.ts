import assert from "node:assert/strict";
import fc from "fast-check";
import {
  encodeSettings,
  ErrorCode,
  Flag,
  FrameType,
  Setting,
  uint32s,
} from "../../../src/providers/modal/grpc/frames.ts";
import { CallFailed, callUnary } from "../../../src/providers/modal/grpc/grpc_client.ts";
import { serveGrpc } from "../../../src/providers/modal/grpc/grpc_server.ts";
import { status } from "../../../src/providers/modal/grpc/grpc_status.ts";
import { encodeHeaders, HeaderDecoder, type HeaderList } from "../../../src/providers/modal/grpc/hpack.ts";
import { Http2Connection } from "../../../src/providers/modal/grpc/http2_connection.ts";
import type { KeepaliveTimes } from "../../../src/providers/modal/grpc/keepalive.ts";
import { createModalChannels, type ModalChannels } from "../../../src/providers/modal/api/modal_channels.ts";
import { until } from "../../support/modal_rig.ts";
import { GRPC_HEAD, startRawServer } from "../../support/raw_http2.ts";

Deno.test.sanitizer({ ops: true, resources: true });

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

const say = (channels: ModalChannels, message = new Uint8Array(), timeoutSeconds = 10) =>
  channels.call(echo, message, { headers: {}, timeoutSeconds });

async function failed(promise: Promise<unknown>): Promise<CallFailed> {
  const error = await promise.then(() => assert.fail("it succeeded"), (reason) => reason);
  assert.ok(error instanceof CallFailed, `${error}`);
  return error;
}

Deno.test("RFC 7541: the examples of appendices C.4 and C.6 are decoded", () => {
  const requests = new HeaderDecoder();
  const read = (decoder: HeaderDecoder, hex: string) =>
    decoder.decode(Uint8Array.fromHex(hex.replaceAll(" ", ""))).map((header) => header.join(": "));
  const common = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"];
  assert.deepEqual(read(requests, "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff"), common);
  assert.deepEqual(read(requests, "8286 84be 5886 a8eb 1064 9cbf"), [...common, "cache-control: no-cache"]);
  assert.deepEqual(read(requests, "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"), [
    ":method: GET",
    ":scheme: https",
    ":path: /index.html",
    ":authority: www.example.com",
    "custom-key: custom-value",
  ]);
  // The first block sets the table size to 256 bytes (3fe1 01), which C.6 assumes.
  const answers = new HeaderDecoder();
  const first =
    "3fe1 0148 8264 0258 85ae c377 1a4b 6196 d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff" +
    "6e91 9d29 ad17 1863 c78f 0b97 c8e9 ae82 ae43 d3";
  const rest = [
    "cache-control: private",
    "date: Mon, 21 Oct 2013 20:13:21 GMT",
    "location: https://www.example.com",
  ];
  assert.deepEqual(read(answers, first), [":status: 302", ...rest]);
  assert.deepEqual(read(answers, "4883 640e ffc1 c0bf"), [":status: 307", ...rest]);
  assert.throws(() => read(answers, "c2"), /no such entry/);
});

Deno.test("encoded headers decode to themselves, and junk is rejected", () => {
  const name = fc.stringMatching(/^[a-z0-9-]{1,30}$/);
  const value = fc.stringMatching(/^[\x20-\x7e]{0,300}$/);
  fc.assert(fc.property(fc.array(fc.tuple(name, value)), (headers: HeaderList) => {
    assert.deepEqual(new HeaderDecoder().decode(encodeHeaders(headers)), headers);
  }));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (junk) => {
    try {
      new HeaderDecoder().decode(junk);
    } catch (error) {
      assert.match(`${error}`, /HPACK/);
    }
  }));
});

Deno.test("messages of any size and headers larger than a frame are transmitted", async () => {
  const seen: string[] = [];
  const server = serveGrpc({ hostname: "127.0.0.1", port: 0, maxStreams: 100 }, ({ message, headers }) => {
    seen.push(headers["x-long"] ?? "");
    return Promise.resolve({ message, trailers: { "x-end": "yes" } });
  });
  using channels = channelsTo(server.port);
  const message = crypto.getRandomValues(new Uint8Array(60_000));
  const large = new Uint8Array(200_000).fill(7);
  const long = "y".repeat(40_000);
  // Together more than the initial window of a connection.
  const calls = Array.from({ length: 20 }, () => say(channels, message));
  calls.push(
    say(channels, large),
    channels.call(echo, message, { headers: { "x-long": long }, timeoutSeconds: 10 }),
  );
  for (const [index, { response, trailers }] of (await Promise.all(calls)).entries()) {
    assert.deepEqual(response, index === 20 ? large : message);
    assert.equal(trailers["x-end"], "yes");
  }
  assert.equal(seen.filter((value) => value === long).length, 1);
  // One after the other, more than a connection accepts without WINDOW_UPDATE.
  for (let sent = 0; sent < 5 * 2 ** 20; sent += large.length) await say(channels, large);
  assert.equal(channels.connections, 1);
  const tooLarge = await failed(say(channels, new Uint8Array(300_000)));
  assert.equal(tooLarge.status, status.CANCELLED);
  await server.close();
});

Deno.test("the client sends no more than the peer's window allows", async () => {
  let received = 0;
  const sizes: number[] = [];
  await using server = startRawServer([[Setting.INITIAL_WINDOW_SIZE, 10]], async (frame, peer) => {
    if (frame.type !== FrameType.DATA) return;
    received += frame.payload.length;
    sizes.push(frame.payload.length);
    if (received === 30) return await peer.answer(1);
    const larger = encodeSettings([[Setting.INITIAL_WINDOW_SIZE, 18]]);
    if (received === 10) return await peer.send(FrameType.SETTINGS, 0, 0, larger);
    await peer.send(FrameType.WINDOW_UPDATE, 0, 1, uint32s(8));
  });
  using channels = channelsTo(server.port);
  await say(channels, new Uint8Array(25));
  assert.deepEqual(sizes, [10, 8, 8, 4]);
});

Deno.test("after GOAWAY an unprocessed call is retried on another connection, and others complete", async () => {
  await using server = startRawServer([], async ({ type, streamId }, peer) => {
    if (type !== FrameType.DATA) return;
    if (peer.index > 0) return await peer.answer(streamId);
    if (streamId === 1) return;
    await peer.send(FrameType.GOAWAY, 0, 0, uint32s(1, ErrorCode.NO_ERROR));
    await peer.answer(1);
  });
  using channels = channelsTo(server.port);
  await Promise.all([say(channels), say(channels)]);
  assert.equal(server.frames.filter(({ type }) => type === FrameType.DATA).length, 3);
  await until(() => channels.connections === 1);
});

Deno.test("a client that sends GOAWAY still gets the pending response", async () => {
  const release = Promise.withResolvers<void>();
  const server = serveGrpc({ hostname: "127.0.0.1", port: 0, maxStreams: 100 }, async ({ message }) => {
    await release.promise;
    return { message, trailers: {} };
  });
  const socket = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const connection = new Http2Connection(socket, { side: "client" });
  const message = new Uint8Array(200_000).fill(7);
  const options = { scheme: "http", authority: "test", headers: {}, timeoutSeconds: 10 } as const;
  const answered = callUnary(connection, echo, message, options);
  connection.send(FrameType.GOAWAY, 0, 0, uint32s(0, ErrorCode.NO_ERROR));
  await connection.pings.ask((payload) => connection.send(FrameType.PING, 0, 0, payload));
  release.resolve();
  assert.deepEqual((await answered).response, message);
  // Then the server closes the connection.
  await connection.closed;
  await server.close();
});

Deno.test("a refused stream is retried once", async () => {
  let tries = 0;
  await using server = startRawServer([], async ({ type, streamId }, peer) => {
    if (type === FrameType.DATA && ++tries !== 2) {
      await peer.send(FrameType.RST_STREAM, 0, streamId, uint32s(ErrorCode.REFUSED_STREAM));
    } else if (type === FrameType.DATA) await peer.answer(streamId);
  });
  using channels = channelsTo(server.port);
  await say(channels);
  assert.equal(tries, 2);
  assert.equal((await failed(say(channels))).status, status.UNAVAILABLE);
  assert.equal(tries, 4);
});

Deno.test("a call that times out resets its stream and keeps the connection open", async () => {
  const late = 3;
  await using server = startRawServer([], async ({ type, streamId }, peer) => {
    if (type === FrameType.DATA && streamId !== late) await peer.answer(streamId);
  });
  using channels = channelsTo(server.port);
  // Open the connection before the deadline starts, so that the call reaches the server.
  await say(channels);
  assert.equal((await failed(say(channels, new Uint8Array(), 0.2))).status, status.DEADLINE_EXCEEDED);
  await until(() => server.frames.some(({ type }) => type === FrameType.RST_STREAM));
  const reset = server.frames.find(({ type }) => type === FrameType.RST_STREAM);
  assert.deepEqual([reset?.streamId, reset?.payload], [late, uint32s(ErrorCode.CANCEL)]);
  await say(channels);
  assert.equal(channels.connections, 1);
});

Deno.test("a server that accepts connections but stays silent times out", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using channels = channelsTo(listener.addr.port);
  const calling = failed(say(channels, new Uint8Array(), 0.02));
  using _silent = await listener.accept();
  assert.equal((await calling).status, status.DEADLINE_EXCEEDED);
});

Deno.test("a ping is answered with the same payload", async () => {
  const payload = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
  await using server = startRawServer([], async ({ type, streamId }, peer) => {
    if (type !== FrameType.DATA) return;
    await peer.send(FrameType.PING, 0, 0, payload);
    await peer.answer(streamId);
  });
  using channels = channelsTo(server.port);
  await say(channels);
  await until(() => server.frames.some(({ type }) => type === FrameType.PING));
  const pong = server.frames.find(({ type }) => type === FrameType.PING);
  assert.deepEqual([pong?.flags, pong?.payload], [Flag.ACK, payload]);
});

Deno.test("a connection stays open while pings are answered, and closes otherwise", async () => {
  const pings = () => server.frames.filter(({ type }) => type === FrameType.PING).length;
  await using server = startRawServer([], async ({ type, payload }, peer) => {
    if (type === FrameType.PING && peer.index === 0) await peer.send(FrameType.PING, Flag.ACK, 0, payload);
  });
  const open = async (keepalive: KeepaliveTimes) => {
    const socket = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    return new Http2Connection(socket, { side: "client", keepalive });
  };
  const answered = await open({ everySeconds: 0.01, answerSeconds: 60 });
  await until(() => pings() >= 3);
  assert.ok(answered.isOpen);
  answered.close();
  const ignored = await open({ everySeconds: 0.01, answerSeconds: 0.01 });
  await ignored.closed;
  assert.ok(!ignored.isOpen);
});

Deno.test("an incomplete gRPC response fails the call", async (t) => {
  const cases: [name: string, code: number, head: HeaderList, data: number[], trailers: HeaderList][] = [
    ["no status", status.UNKNOWN, GRPC_HEAD, [0, 0, 0, 0, 0], [["x-end", "1"]]],
    ["no message", status.INTERNAL, GRPC_HEAD, [], [["grpc-status", "0"]]],
    ["cut off", status.INTERNAL, GRPC_HEAD, [0, 0, 0, 0, 9, 1], [["grpc-status", "0"]]],
    ["compressed", status.INTERNAL, GRPC_HEAD, [1, 0, 0, 0, 0], [["grpc-status", "0"]]],
    ["two messages", status.INTERNAL, GRPC_HEAD, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [["grpc-status", "0"]]],
    ["an unknown status", status.UNKNOWN, GRPC_HEAD, [], [["grpc-status", "77"]]],
    ["a status that is not a number", status.UNKNOWN, GRPC_HEAD, [], [["grpc-status", "fine"]]],
  ];
  for (const [name, code, head, data, trailers] of cases) {
    await t.step(name, async () => {
      await using server = startRawServer([], async ({ type }, peer) => {
        if (type !== FrameType.DATA) return;
        await peer.sendHeaders(1, [[":status", "103"]], false);
        await peer.sendHeaders(1, head, false);
        await peer.send(FrameType.DATA, 0, 1, Uint8Array.from(data));
        await peer.sendHeaders(1, trailers, true);
      });
      using channels = channelsTo(server.port);
      assert.equal((await failed(say(channels))).status, code);
    });
  }
});

Deno.test("a protocol violation closes only the connection", async (t) => {
  const breaches: Record<string, [type: number, flags: number, payload: number[]]> = {
    "junk for headers": [FrameType.HEADERS, Flag.END_HEADERS, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    "more padding than frame": [FrameType.DATA, Flag.PADDED, [9, 1]],
    "headers never completed": [FrameType.HEADERS, 0, []],
  };
  for (const [name, [type, flags, payload]] of Object.entries(breaches)) {
    await t.step(name, async () => {
      await using server = startRawServer([], async (frame, peer) => {
        if (frame.type !== FrameType.DATA) return;
        await peer.send(type, flags, 1, Uint8Array.from(payload));
        await peer.send(FrameType.PING, 0, 0, new Uint8Array(8));
      });
      using channels = channelsTo(server.port);
      assert.equal((await failed(say(channels))).status, status.UNAVAILABLE);
      await until(() => channels.connections === 0);
    });
  }
});
