import { FloodGuard } from "./flood_guard.ts";
import { ByteReader, contentOf, decodeSettings, encodeFrame, encodeSettings } from "./frames.ts";
import { ErrorCode, Flag, type Frame, FrameTooLarge, FrameType, MAX_FRAME_BYTES } from "./frames.ts";
import { MAX_WINDOW_BYTES, NotHttp2, readUint32, Setting, uint32s } from "./frames.ts";
import { HeaderBlocks } from "./header_block.ts";
import { HeaderDecoder, MAX_HEADER_LIST_BYTES } from "./hpack.ts";
import { Http2Stream, type StreamListener } from "./http2_stream.ts";
import { Keepalive, type KeepaliveTimes } from "./keepalive.ts";
import { Pings } from "./pings.ts";
import { type Socket, SocketWriter } from "./socket_writer.ts";

export type ConnectionOptions = {
  side: "client" | "server";
  /** How many streams the peer may have open at once; 0 for clients, which accept no pushes. */
  maxStreams?: number;
  /** Called when the peer opens a stream. Returns its listener. */
  onStream?: (stream: Http2Stream) => StreamListener;
  /** Pings the peer and closes the connection when it does not answer. No pings if left out. */
  keepalive?: KeepaliveTimes;
};

const PREFACE = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/**
 * Defaults until the peer sends its settings: windows as in RFC 9113 §6.9.2, streams as gRPC servers usually allow.
 */
const DEFAULT_WINDOW_BYTES = 65_535;
const DEFAULT_MAX_STREAMS = 100;
/** Receive window of a stream. It exceeds the largest message, so streams need no WINDOW_UPDATE. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 4 * STREAM_WINDOW_BYTES;
/** Smaller DATA frames make so little progress that they count as idle frames (CVE-2019-9511). */
const SMALL_DATA_BYTES = 256;
/** Stream ids have 31 bits. A connection near the end opens no new streams. */
const LAST_STREAM_ID = 2 ** 31 - 1000;

/**
 * One HTTP/2 connection (RFC 9113) for unary gRPC: without push, priorities or upgrades.
 *
 * Why not `node:http2`: on Deno 2.9.6, once a stream has ended, a GOAWAY that arrives on an idle connection or has an
 * error code aborts the whole process (denoland/deno issue 36788). `deno task grpc:canary` shows when it is fixed.
 */
export class Http2Connection {
  /**
   * Resolves when the peer has proved that it speaks HTTP/2. Rejects if it does not, or if the connection ends first.
   */
  readonly ready: Promise<void>;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;

  readonly #streams = new Map<number, Http2Stream>();
  readonly #decoder = new HeaderDecoder();
  readonly #writer: SocketWriter;
  readonly #ready = Promise.withResolvers<void>();
  #state: "open" | "draining" | "closed" = "open";
  #nextId = 1;
  #lastPeerId = 0;
  readonly #blocks = new HeaderBlocks();
  readonly #guard = new FloodGuard();
  #peerMaxStreams = DEFAULT_MAX_STREAMS;
  #peerStreamWindow = DEFAULT_WINDOW_BYTES;
  #peerWindow = DEFAULT_WINDOW_BYTES;
  #windowOpened = Promise.withResolvers<void>();
  #unreported = 0;
  readonly #keepalive: Keepalive | undefined;
  readonly pings = new Pings();
  /** The largest payload that the peer accepts in one frame. */
  maxFrameBytes = MAX_FRAME_BYTES;

  constructor(readonly socket: Socket, readonly options: ConnectionOptions) {
    this.#writer = new SocketWriter(socket, (reason) => this.#end(reason));
    this.ready = this.#ready.promise;
    this.ready.catch(() => {});
    this.#greet(options);
    this.closed = this.#read();
    if (options.keepalive) this.#keepalive = this.#keepAlive(options.keepalive);
  }

  /** Number of open streams. */
  get streams(): number {
    return this.#streams.size;
  }

  /** Whether the connection still accepts new streams in principle; `hasRoom` says whether it does now. */
  get isOpen(): boolean {
    return this.#state === "open" && this.#nextId < LAST_STREAM_ID;
  }

  get hasRoom(): boolean {
    return this.isOpen && this.#streams.size < this.#peerMaxStreams;
  }

  /** Opens a stream. Sends nothing yet. */
  open(listener: StreamListener): Http2Stream {
    const stream = new Http2Stream(this, this.#nextId, this.#peerStreamWindow);
    this.#nextId += 2;
    stream.listener = listener;
    this.#streams.set(stream.id, stream);
    this.#guard.call();
    return stream;
  }

  /** Sends GOAWAY (RFC 9113 §6.8) and closes the connection at once. Open streams fail. */
  close(): void {
    this.send(FrameType.GOAWAY, 0, 0, uint32s(this.#lastPeerId, ErrorCode.NO_ERROR));
    this.#writer.flush();
    this.#end("closed here");
  }

  /** Called when a call timed out. If the peer has sent many idle frames instead, no new streams are opened here. */
  drainIfSuspicious(): void {
    if (this.#guard.isSuspicious) this.#drain("the peer answers with idle frames");
  }

  send(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    if (this.#state !== "closed") this.#writer.send(encodeFrame(type, flags, streamId, payload));
  }

  /** Reserves up to `wanted` bytes of the flow-control windows for the stream. Returns how many it may send now. */
  takeWindow(stream: Http2Stream, wanted: number): number {
    const size = Math.max(0, Math.min(wanted, this.#peerWindow, stream.sendWindow, this.maxFrameBytes));
    this.#peerWindow -= size;
    stream.sendWindow -= size;
    return size;
  }

  /** Resolves when the peer accepts more data or the connection ends. */
  windowOpened(): Promise<void> {
    return this.#windowOpened.promise;
  }

  /** Removes a stream that is over. `whole` if both sides ended it properly. */
  forget(stream: Http2Stream, whole: boolean): void {
    this.#streams.delete(stream.id);
    if (whole) this.#guard.call();
    if (this.#state === "draining") this.#drain("no streams are left");
  }

  #greet({ side, maxStreams = 0 }: ConnectionOptions) {
    if (side === "client") this.#writer.send(PREFACE);
    const settings: [number, number][] = [
      side === "client" ? [Setting.ENABLE_PUSH, 0] : [Setting.MAX_CONCURRENT_STREAMS, maxStreams],
      [Setting.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES],
      [Setting.MAX_HEADER_LIST_SIZE, MAX_HEADER_LIST_BYTES],
    ];
    this.send(FrameType.SETTINGS, 0, 0, encodeSettings(settings));
    this.send(FrameType.WINDOW_UPDATE, 0, 0, uint32s(CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES));
  }

  async #read() {
    const reader = new ByteReader(this.socket);
    let reason = "closed by the peer";
    try {
      if (this.options.side === "server") {
        const preface = await reader.take(PREFACE.length);
        if (!preface?.every((byte, index) => byte === PREFACE[index])) throw new NotHttp2();
      }
      const first = await reader.frame();
      if (first && first.type !== FrameType.SETTINGS) throw new NotHttp2();
      for (let frame = first; frame; frame = await reader.frame()) this.#receive(frame);
    } catch (error) {
      // If the first bytes are not a frame, the peer speaks another protocol. Once `ready` has resolved, this has no
      // effect.
      this.#ready.reject(error instanceof FrameTooLarge ? new NotHttp2() : error);
      if (error instanceof Error) reason = error.message;
    }
    this.#end(reason);
  }

  #receive(frame: Frame) {
    if (this.#blocks.mustContinue(frame.type)) throw new Error("HTTP/2: headers cut off");
    if (frame.type !== FrameType.DATA) this.#guard.idle();
    const stream = this.#streams.get(frame.streamId);
    switch (frame.type) {
      case FrameType.DATA:
        return this.#data(frame, stream);
      case FrameType.HEADERS:
      case FrameType.CONTINUATION:
        return this.#headers(this.#blocks.add(frame));
      case FrameType.RST_STREAM:
        return stream?.fail({ kind: "reset", code: readUint32(frame.payload, 0) });
      case FrameType.SETTINGS:
        return this.#settings(frame);
      case FrameType.PING:
        return this.#ping(frame);
      case FrameType.GOAWAY:
        return this.#goAway(readUint32(frame.payload, 0) & 0x7fffffff);
      case FrameType.PUSH_PROMISE:
        throw new Error("HTTP/2: a push, which we forbid");
      case FrameType.WINDOW_UPDATE:
        return this.#openWindow(stream, frame);
    }
  }

  #data(frame: Frame, stream: Http2Stream | undefined) {
    this.#unreported += frame.payload.length;
    if (this.#unreported > CONNECTION_WINDOW_BYTES / 2) {
      this.send(FrameType.WINDOW_UPDATE, 0, 0, uint32s(this.#unreported));
      this.#unreported = 0;
    }
    const content = contentOf(frame);
    if (!stream?.isReceiving || content.length < SMALL_DATA_BYTES) this.#guard.idle();
    if (!stream?.isReceiving) return;
    if (content.length > 0) stream.listener?.data(content);
    if (frame.flags & Flag.END_STREAM) stream.receivedAll();
  }

  #headers(frame: Frame | undefined) {
    if (!frame) return;
    // Decoded even if the stream is unknown, because later headers depend on the state of the decoder.
    const headers = this.#decoder.decode(frame.payload);
    const stream = this.#streams.get(frame.streamId) ?? this.#accept(frame.streamId);
    if (!stream?.isReceiving) return;
    stream.listener?.headers(headers);
    if (frame.flags & Flag.END_STREAM) stream.receivedAll();
  }

  #accept(id: number): Http2Stream | undefined {
    const { onStream, maxStreams = 0 } = this.options;
    if (!onStream || id % 2 === 0 || id <= this.#lastPeerId) return undefined;
    this.#lastPeerId = id;
    const stream = new Http2Stream(this, id, this.#peerStreamWindow);
    if (this.#streams.size >= maxStreams) {
      stream.reset(ErrorCode.REFUSED_STREAM);
      return undefined;
    }
    this.#streams.set(id, stream);
    stream.listener = onStream(stream);
    return stream;
  }

  #settings({ flags, payload }: Frame) {
    if (flags & Flag.ACK) return;
    for (const [id, value] of decodeSettings(payload)) {
      if (id === Setting.MAX_CONCURRENT_STREAMS) this.#peerMaxStreams = value;
      if (id === Setting.MAX_FRAME_SIZE) this.maxFrameBytes = value;
      if (id === Setting.INITIAL_WINDOW_SIZE) this.#resizeWindows(value);
    }
    this.send(FrameType.SETTINGS, Flag.ACK, 0, new Uint8Array());
    this.#ready.resolve();
  }

  #resizeWindows(size: number) {
    for (const stream of this.#streams.values()) stream.sendWindow += size - this.#peerStreamWindow;
    this.#peerStreamWindow = size;
    this.#wakeSenders();
  }

  #openWindow(stream: Http2Stream | undefined, { streamId, payload }: Frame) {
    const more = readUint32(payload, 0) & 0x7fffffff;
    if (streamId === 0) this.#peerWindow += more;
    else if (stream) stream.sendWindow += more;
    if (Math.max(this.#peerWindow, stream?.sendWindow ?? 0) > MAX_WINDOW_BYTES) {
      throw new Error("HTTP/2: window too large");
    }
    this.#wakeSenders();
  }

  #wakeSenders() {
    this.#windowOpened.resolve();
    this.#windowOpened = Promise.withResolvers();
  }

  /** The peer accepts no new streams and will not process ours after `lastId`. */
  #goAway(lastId: number) {
    this.#drain("the peer sent GOAWAY");
    for (const stream of [...this.#streams.values()]) {
      if (this.options.side === "client" && stream.id > lastId) stream.fail({ kind: "refused" });
    }
  }

  /** Opens no new streams, and closes the connection once the last stream has ended and everything is written. */
  #drain(reason: string) {
    if (this.#state === "open") this.#state = "draining";
    this.#writer.whenWritten(() => {
      if (this.#streams.size === 0) this.#end(reason);
    });
  }

  #ping({ flags, payload }: Frame) {
    if (payload.length !== 8) throw new Error("HTTP/2: a ping of the wrong size");
    if (!(flags & Flag.ACK)) return this.send(FrameType.PING, Flag.ACK, 0, payload);
    if (!this.pings.answered(payload)) this.#keepalive?.answered();
  }

  #keepAlive(times: KeepaliveTimes): Keepalive {
    const ping = () => this.send(FrameType.PING, 0, 0, new Uint8Array(8));
    return new Keepalive(times, ping, () => this.#end("the peer does not answer"));
  }

  #end(reason: string) {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#keepalive?.stop();
    this.pings.end();
    try {
      this.socket.close();
    } catch {
      // Already closed.
    }
    this.#ready.reject(new Error(reason));
    for (const stream of [...this.#streams.values()]) stream.fail({ kind: "lost", reason });
    this.#wakeSenders();
  }
}
