import {
  ByteReader,
  contentOf,
  decodeSettings,
  encodeFrame,
  encodeSettings,
  ErrorCode,
  Flag,
  type Frame,
  FrameType,
  MAX_FRAME_BYTES,
  readUint32,
  Setting,
  uint32s,
} from "./frames.ts";
import { encodeHeaders, HeaderDecoder, type HeaderList, MAX_HEADER_LIST_BYTES } from "./hpack.ts";
import { type Socket, SocketWriter } from "./socket_writer.ts";

/** Why a stream ended before its time. */
export type StreamFailure =
  /** The peer gave it up, with an HTTP/2 error code. */
  | { kind: "reset"; code: number }
  /** The peer has not looked at it and never will: it is safe to try again. */
  | { kind: "refused" }
  /** The connection is gone. */
  | { kind: "lost"; reason: string };

/** What becomes of a stream. After `ended` or `failed` nothing more is told of it. */
export type StreamListener = {
  headers(headers: HeaderList): void;
  data(chunk: Uint8Array): void;
  /** The peer has sent all it will. */
  ended(): void;
  failed(failure: StreamFailure): void;
};

export type ConnectionOptions = {
  side: "client" | "server";
  /** Streams that the peer may have open at once: none for a client, to which nothing is pushed. */
  maxStreams?: number;
  /** The peer opened a stream. */
  onStream?: (stream: Http2Stream) => StreamListener;
  /** Pings this often, and gives up when no answer comes within a third of that; never when left out. */
  keepaliveSeconds?: number;
};

const PREFACE = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** Until a peer names other numbers (RFC 9113 §6.9.2; for the streams, what gRPC servers usually allow). */
const DEFAULT_WINDOW_BYTES = 65_535;
const DEFAULT_MAX_STREAMS = 100;
/** What a peer may send before we have read it: on a stream as much as a message may have. */
export const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 4 * STREAM_WINDOW_BYTES;
/** Ids have 31 bits. A connection that comes near the end gets no new streams. */
const LAST_STREAM_ID = 2 ** 31 - 1000;

/**
 * One HTTP/2 connection (RFC 9113), as far as unary gRPC needs it: no push, no priorities, no upgrade from HTTP/1.
 *
 * Why not `node:http2`: in Deno 2.9.6 a GOAWAY from the peer, or the mere end of a connection, aborts the whole
 * process once there were several streams at a time on it (denoland/deno issue 36788).
 */
export class Http2Connection {
  /** Fulfilled when the peer has shown that it speaks HTTP/2; rejected when it does not, or is gone before. */
  readonly ready: Promise<void>;
  /** Fulfilled when nothing of the connection is left. */
  readonly closed: Promise<void>;

  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #writer: SocketWriter;
  readonly #decoder = new HeaderDecoder();
  readonly #streams = new Map<number, Http2Stream>();
  readonly #ready = Promise.withResolvers<void>();
  /** Header block that CONTINUATION frames have yet to complete. */
  #unfinished: { streamId: number; ended: boolean; block: Uint8Array<ArrayBuffer> } | undefined;
  #state: "open" | "draining" | "closed" = "open";
  #nextId: number;
  #lastPeerId = 0;
  #peerMaxStreams = DEFAULT_MAX_STREAMS;
  #peerStreamWindow = DEFAULT_WINDOW_BYTES;
  #receivedBytes = 0;
  #keepalive: number | undefined;
  #pongDue: number | undefined;

  /** What the peer lets us send on all streams together, and at once in a frame. */
  sendWindow = DEFAULT_WINDOW_BYTES;
  maxFrameBytes = MAX_FRAME_BYTES;
  /** Who waits for a window to open. */
  readonly windowWaiters = new Set<() => void>();

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#nextId = options.side === "client" ? 1 : 2;
    this.#writer = new SocketWriter(socket, (reason) => this.#end(reason));
    this.ready = this.#ready.promise;
    this.ready.catch(() => {});
    this.#greet();
    this.closed = this.#read();
    if (options.keepaliveSeconds) this.#startKeepalive(options.keepaliveSeconds);
  }

  /** How many streams are open. */
  get streams(): number {
    return this.#streams.size;
  }

  /** Whether the peer takes one more stream. */
  get hasRoom(): boolean {
    return this.#state === "open" && this.#streams.size < this.#peerMaxStreams &&
      this.#nextId < LAST_STREAM_ID;
  }

  /** Whether it is of use for new streams, now or once one of its streams has ended. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  open(headers: HeaderList, listener: StreamListener): Http2Stream {
    const stream = new Http2Stream(this, this.#nextId, this.#peerStreamWindow);
    this.#nextId += 2;
    stream.listener = listener;
    this.#streams.set(stream.id, stream);
    stream.sendHeaders(headers, false);
    return stream;
  }

  /** Ends the connection at once. Streams under way fail. */
  close(): void {
    this.#end("closed here");
  }

  send(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    if (this.#state !== "closed") this.#writer.send(encodeFrame(type, flags, streamId, payload));
  }

  /** The stream has nothing more to say or to hear. */
  forget(stream: Http2Stream): void {
    this.#streams.delete(stream.id);
    if (this.#state === "draining" && this.#streams.size === 0) this.#end("the peer said goodbye");
  }

  #greet() {
    const isClient = this.#options.side === "client";
    if (isClient) this.#writer.send(PREFACE);
    const settings: [number, number][] = [
      isClient ? [Setting.ENABLE_PUSH, 0] : [Setting.MAX_CONCURRENT_STREAMS, this.#options.maxStreams ?? 0],
      [Setting.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES],
      [Setting.MAX_HEADER_LIST_SIZE, MAX_HEADER_LIST_BYTES],
    ];
    this.send(FrameType.SETTINGS, 0, 0, encodeSettings(settings));
    this.send(FrameType.WINDOW_UPDATE, 0, 0, uint32s(CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES));
  }

  async #read() {
    const reader = new ByteReader(this.#socket);
    try {
      if (this.#options.side === "server") {
        const preface = await reader.take(PREFACE.length);
        if (!preface?.every((byte, index) => byte === PREFACE[index])) throw new NotHttp2();
      }
      const first = await reader.frame();
      if (first && first.type !== FrameType.SETTINGS) throw new NotHttp2();
      for (let frame = first; frame; frame = await reader.frame()) this.#receive(frame);
      this.#end("closed by the peer");
    } catch (error) {
      // Before the first settings, whatever is no frame means that this is some other protocol.
      this.#ready.reject(error instanceof FrameTooLarge ? new NotHttp2() : error);
      this.#end(error instanceof Error ? error.message : "broken");
    }
  }
}
