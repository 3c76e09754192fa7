import {
  ByteReader,
  encodeFrame,
  encodeSettings,
  ErrorCode,
  Flag,
  FrameType,
  uint32s,
} from "../../src/providers/modal/grpc/frames.ts";
import { encodeHeaders, type HeaderList } from "../../src/providers/modal/grpc/hpack.ts";
import { pause } from "../support/eventually.ts";
import { GRPC_HEAD, startRawServer } from "../support/raw_http2.ts";
import { forward, type Listening } from "../support/tunnels.ts";

/** What a server does to its clients, on purpose or not. `node:http2` on Deno 2.9.6 survives none of it. */
export type Scenario = {
  name: string;
  start(): Listening;
  /** How each call of the client must end, in their order. */
  calls: ("answered" | "failed")[];
  /** Environment variables of the client. */
  env?: Record<string, string>;
  /** How much memory the client may take, when that is more than usual: grpc-js on Node takes up to 140. */
  mebibytes?: number;
};

/** glibc then overwrites what is freed, so that a use after that shows at once. */
const OVERWRITE_FREED = { MALLOC_PERTURB_: "93" };

const PREFACE_BYTES = 24;
const SETTINGS = encodeFrame(FrameType.SETTINGS, 0, 0, encodeSettings([]));
const FRAMES_A_WRITE = 250;
/** nghttp2 frees a stream a moment after its end. */
const STREAM_END_MS = 100;

/** Answers each call and says goodbye, which finds no other call on the connection. */
function leaveIdleClients(): Listening {
  return startRawServer([], async ({ type, streamId }, peer) => {
    if (type !== FrameType.DATA) return;
    await peer.answer(streamId);
    await pause(STREAM_END_MS);
    await peer.send(FrameType.GOAWAY, 0, 0, uint32s(streamId, ErrorCode.NO_ERROR));
  });
}

/** Answers a connection's first call, and ends the connection with an error when the second is under way. */
function leaveWithError(): Listening {
  return startRawServer([], async ({ type, streamId }, peer) => {
    if (type !== FrameType.DATA) return;
    if (streamId === 1) return await peer.answer(streamId);
    await peer.send(FrameType.GOAWAY, 0, 0, uint32s(streamId, ErrorCode.ENHANCE_YOUR_CALM));
    peer.close();
  });
}

/** Greets and says goodbye in one packet. */
function leaveAtOnce(): Listening {
  const leaving = encodeFrame(FrameType.GOAWAY, 0, 0, uint32s(0, ErrorCode.NO_ERROR));
  return forward(Deno.listen({ hostname: "127.0.0.1", port: 0 }), async (socket) => {
    await socket.write(Uint8Array.of(...SETTINGS, ...leaving));
    while (await socket.read(new Uint8Array(1024)) !== null);
  });
}

/** Sends `frame` on the first call's stream, after `head` if there is one, until the client is gone. */
const flood = (frame: Uint8Array, head?: Uint8Array) => () =>
  forward(Deno.listen({ hostname: "127.0.0.1", port: 0 }), async (socket) => {
    const write = async (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length;) at += await socket.write(bytes.subarray(at));
    };
    const reader = new ByteReader(socket);
    await reader.take(PREFACE_BYTES);
    await write(SETTINGS);
    let received = await reader.frame();
    while (received && received.type !== FrameType.DATA) received = await reader.frame();
    if (head) await write(head);
    const many = Uint8Array.from(Array.from({ length: FRAMES_A_WRITE }, () => [...frame]).flat());
    for (;;) await write(many);
  });

const FIRST_STREAM = 1;
const headersFrame = (headers: HeaderList) =>
  encodeFrame(FrameType.HEADERS, Flag.END_HEADERS, FIRST_STREAM, encodeHeaders(headers));
/** DATA that is all padding: its length, and as many zeros. */
const PADDING = encodeFrame(FrameType.DATA, Flag.PADDED, FIRST_STREAM, new Uint8Array(256).fill(255, 0, 1));

export const SCENARIOS: Scenario[] = [
  {
    name: "a goodbye finds the session idle",
    start: leaveIdleClients,
    calls: ["answered", "answered", "answered"],
    env: OVERWRITE_FREED,
  },
  {
    name: "a goodbye has an error code",
    start: leaveWithError,
    calls: ["answered", "failed", "answered"],
    env: OVERWRITE_FREED,
  },
  { name: "settings and a goodbye come together", start: leaveAtOnce, calls: ["failed"] },
  {
    name: "a flood of 103 (Early Hints)",
    start: flood(headersFrame([[":status", "103"]])),
    calls: ["failed"],
    mebibytes: 200,
  },
  { name: "a flood of padding", start: flood(PADDING, headersFrame(GRPC_HEAD)), calls: ["failed"] },
];
