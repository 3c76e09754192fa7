import {
  ByteReader,
  encodeFrame,
  encodeSettings,
  Flag,
  type Frame,
  FrameType,
} from "../../src/providers/modal/grpc/frames.ts";
import { encodeHeaders, type HeaderList } from "../../src/providers/modal/grpc/hpack.ts";
import { forward, type Listening } from "./tunnels.ts";

/** One client connection, frame by frame. */
export type RawPeer = {
  /** The number of the connection, from 0. */
  index: number;
  send(type: number, flags: number, streamId: number, payload?: Uint8Array): Promise<void>;
  sendHeaders(streamId: number, headers: HeaderList, last: boolean): Promise<void>;
  /** Sends a complete answer: OK with an empty message. */
  answer(streamId: number): Promise<void>;
  close(): void;
};

export const GRPC_HEAD: HeaderList = [[":status", "200"], ["content-type", "application/grpc"]];

/** An HTTP/2 server that only sends its SETTINGS. `onFrame` handles every frame. */
export function startRawServer(
  settings: [id: number, value: number][],
  onFrame: (frame: Frame, peer: RawPeer) => Promise<void> | void,
): Listening & { frames: Frame[] } {
  const frames: Frame[] = [];
  let count = 0;
  const listening = forward(Deno.listen({ hostname: "127.0.0.1", port: 0 }), async (socket) => {
    const peer = rawPeer(socket, count++);
    const reader = new ByteReader(socket);
    await reader.take(24);
    await peer.send(FrameType.SETTINGS, 0, 0, encodeSettings(settings));
    for (let frame = await reader.frame(); frame; frame = await reader.frame()) {
      frames.push(frame);
      await onFrame(frame, peer);
    }
  });
  return Object.assign(listening, { frames });
}

function rawPeer(socket: Deno.Conn, index: number): RawPeer {
  const send = async (type: number, flags: number, streamId: number, payload = new Uint8Array()) => {
    const bytes = encodeFrame(type, flags, streamId, payload);
    for (let at = 0; at < bytes.length;) at += await socket.write(bytes.subarray(at));
  };
  const sendHeaders = (streamId: number, headers: HeaderList, last: boolean) =>
    send(
      FrameType.HEADERS,
      Flag.END_HEADERS | (last ? Flag.END_STREAM : 0),
      streamId,
      encodeHeaders(headers),
    );
  return {
    index,
    send,
    sendHeaders,
    async answer(streamId) {
      await sendHeaders(streamId, GRPC_HEAD, false);
      await send(FrameType.DATA, 0, streamId, new Uint8Array(5));
      await sendHeaders(streamId, [["grpc-status", "0"]], true);
    },
    close: () => socket.close(),
  };
}
