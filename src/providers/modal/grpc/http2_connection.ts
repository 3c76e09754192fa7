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
  /** Streams that the peer may have open at once: none for a client, to which nothing is pushed. */
  maxStreams?: number;
  /** The peer opened a stream, and this is who will be told of it. */
  onStream?: (stream: Http2Stream) => StreamListener;
  /** Pings the peer, and gives it up when it does not answer; never when left out. */
  keepalive?: KeepaliveTimes;
};

const PREFACE = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** Until a peer names other numbers (RFC 9113 §6.9.2; for the streams, what gRPC servers usually allow). */
const DEFAULT_WINDOW_BYTES = 65_535;
const DEFAULT_MAX_STREAMS = 100;
/** What a peer may send before we have read it: on a stream as much as a message may have. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 4 * STREAM_WINDOW_BYTES;
/** DATA smaller than this moves an answer on so little that many of it are a flood (CVE-2019-9511). */
const SMALL_DATA_BYTES = 256;
/** Ids have 31 bits. A connection that comes near the end gets no new streams. */
const LAST_STREAM_ID = 2 ** 31 - 1000;

/**
 * One HTTP/2 connection (RFC 9113), as far as unary gRPC needs it: no push, no priorities, no upgrade.
 *
 * Why not `node:http2`: on Deno 2.9.6, once a stream has ended, a GOAWAY that finds the connection idle or has an
 * error code aborts the whole process (denoland/deno issue 36788). `deno task grpc:canary` tells when it is safe.
 */
export class Http2Connection {
  /** Fulfilled when the peer has shown that it speaks HTTP/2. Rejected when it does not, or is gone before. */
  readonly ready: Promise<void>;
  /** Fulfilled when nothing of the connection is left. */
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
  /** What the peer takes in one frame. */
  maxFrameBytes = MAX_FRAME_BYTES;

  constructor(readonly socket: Socket, readonly options: ConnectionOptions) {
    this.#writer = new SocketWriter(socket, (reason) => this.#end(reason));
    this.ready = this.#ready.promise;
    this.ready.catch(() => {});
    this.#greet(options);
    this.closed = this.#read();
    if (options.keepalive) this.#keepalive = this.#keepAlive(options.keepalive);
  }

  /** How many streams are open. */
  get streams(): number {
    return this.#streams.size;
  }

  /** False when the connection takes no new streams, now or ever. */
  get isOpen(): boolean {
    return this.#state === "open" && this.#nextId < LAST_STREAM_ID;
  }

  get hasRoom(): boolean {
    return this.isOpen && this.#streams.size < this.#peerMaxStreams;
  }

  /** A new stream from us; nothing is sent yet. */
  open(listener: StreamListener): Http2Stream {
    const stream = new Http2Stream(this, this.#nextId, this.#peerStreamWindow);
    this.#nextId += 2;
    stream.listener = listener;
    this.#streams.set(stream.id, stream);
    this.#guard.call();
    return stream;
  }

  /** Says goodbye (RFC 9113 §6.8) and ends the connection at once; streams under way fail. */
  close(): void {
    this.send(FrameType.GOAWAY, 0, 0, uint32s(this.#lastPeerId, ErrorCode.NO_ERROR));
    this.#writer.flush();
    this.#end("closed here");
  }

  /** A call came to nothing: when the peer has been busy with idle frames instead, this gets no new streams. */
  mistrust(): void {
    if (this.#guard.isSuspicious) this.#drain("the peer answers with idle frames");
  }

  send(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    if (this.#state !== "closed") this.#writer.send(encodeFrame(type, flags, streamId, payload));
  }

  /** How many of `wanted` bytes of data may be sent on the stream now; they count as sent. */
  takeWindow(stream: Http2Stream, wanted: number): number {
    const size = Math.max(0, Math.min(wanted, this.#peerWindow, stream.sendWindow, this.maxFrameBytes));
    this.#peerWindow -= size;
    stream.sendWindow -= size;
    return size;
  }

  /** Done when the peer takes more data, or nothing any more. */
  windowOpened(): Promise<void> {
    return this.#windowOpened.promise;
  }

  /** For a stream that is over: `whole` when both sides have said all they had to. */
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
      // What is no frame, before any was, is some other protocol. After that, this rejects nothing.
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
    // Also when nobody is interested: later headers build on what the decoder learns from these.
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

  /** The peer takes no new streams, and will not look at those of ours after `lastId`. */
  #goAway(lastId: number) {
    this.#drain("the peer said goodbye");
    for (const stream of [...this.#streams.values()]) {
      if (this.options.side === "client" && stream.id > lastId) stream.fail({ kind: "refused" });
    }
  }

  /** Takes no new streams, and ends when the last of those there are has ended and its answer is written. */
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
    const ask = () => this.send(FrameType.PING, 0, 0, new Uint8Array(8));
    return new Keepalive(times, ask, () => this.#end("the peer does not answer"));
  }

  #end(reason: string) {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#keepalive?.stop();
    this.pings.end();
    try {
      this.socket.close();
    } catch {
      // Closed already.
    }
    this.#ready.reject(new Error(reason));
    for (const stream of [...this.#streams.values()]) stream.fail({ kind: "lost", reason });
    this.#wakeSenders();
  }
}
