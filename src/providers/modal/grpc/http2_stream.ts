import { ErrorCode, Flag, FrameType, uint32s } from "./frames.ts";
import { encodeHeaders, type HeaderList } from "./hpack.ts";
import type { Http2Connection } from "./http2_connection.ts";

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

/** One request with its answer. */
export class Http2Stream {
  #allSent = false;
  #allReceived = false;
  #over = false;
  /** Who is told of it; set by whoever opens or accepts the stream. */
  listener: StreamListener | undefined;

  constructor(
    readonly connection: Http2Connection,
    readonly id: number,
    /** How many bytes of data the peer takes on this stream. */
    public sendWindow: number,
  ) {}

  /** Whether the peer answers now. A process that was killed does not, before its connection is known to be gone. */
  isPeerThere(): Promise<boolean> {
    return this.connection.pings.ask((payload) => this.connection.send(FrameType.PING, 0, 0, payload));
  }

  /** Sends headers, or trailers when data went before; `last` when nothing follows. */
  sendHeaders(headers: HeaderList, last: boolean): void {
    if (this.#over) return;
    const block = encodeHeaders(headers);
    const most = this.connection.maxFrameBytes;
    for (let at = 0; !this.#over && (at === 0 || at < block.length); at += most) {
      const type = at === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
      const end = at === 0 && last ? Flag.END_STREAM : 0;
      const whole = at + most >= block.length ? Flag.END_HEADERS : 0;
      this.connection.send(type, end | whole, this.id, block.subarray(at, at + most));
    }
    if (last) this.#sentAll();
  }

  /** Sends data as the peer's windows allow; `last` when nothing follows. Done when it is sent or in vain. */
  async sendData(bytes: Uint8Array, last: boolean): Promise<void> {
    for (let at = 0; !this.#over;) {
      const size = this.connection.takeWindow(this, bytes.length - at);
      const rest = bytes.length - at - size;
      if (size === 0 && rest > 0) {
        await this.connection.windowOpened();
        continue;
      }
      const end = rest === 0 && last ? Flag.END_STREAM : 0;
      this.connection.send(FrameType.DATA, end, this.id, bytes.subarray(at, at + size));
      at += size;
      if (rest > 0) continue;
      if (last) this.#sentAll();
      return;
    }
  }

  /** Gives the stream up. The listener hears no more. */
  reset(code: number = ErrorCode.CANCEL): void {
    if (this.#over) return;
    this.connection.send(FrameType.RST_STREAM, 0, this.id, uint32s(code));
    this.#end();
  }

  /** False when the peer must send nothing more on it but, say, a reset (RFC 9113 §5.1, half-closed). */
  get isReceiving(): boolean {
    return !this.#over && !this.#allReceived;
  }

  /** For the connection: the peer has sent all it will. */
  receivedAll(): void {
    if (!this.isReceiving) return;
    this.#allReceived = true;
    if (this.#allSent) this.#end(true);
    this.listener?.ended();
  }

  /** For the connection: nothing more will come of it. */
  fail(failure: StreamFailure): void {
    if (this.#over) return;
    this.#end();
    this.listener?.failed(failure);
  }

  #sentAll() {
    if (this.#over) return;
    this.#allSent = true;
    if (this.#allReceived) this.#end(true);
  }

  #end(whole = false) {
    this.#over = true;
    this.connection.forget(this, whole);
  }
}
