import { ErrorCode, Flag, FrameType, uint32s } from "./frames.ts";
import { encodeHeaders, type HeaderList } from "./hpack.ts";
import type { Http2Connection } from "./http2_connection.ts";

/** Why a stream failed. */
export type StreamFailure =
  /** The peer reset the stream with an HTTP/2 error code. */
  | { kind: "reset"; code: number }
  /** The peer has not processed it and will not. A retry is safe. */
  | { kind: "refused" }
  /** The connection was lost. */
  | { kind: "lost"; reason: string };

/** Receives the events of a stream. `ended` or `failed` is the last one. */
export type StreamListener = {
  headers(headers: HeaderList): void;
  data(chunk: Uint8Array): void;
  /** The peer has ended its side of the stream. */
  ended(): void;
  failed(failure: StreamFailure): void;
};

/** One request with its response. */
export class Http2Stream {
  #allSent = false;
  #allReceived = false;
  #over = false;
  /** Receives the events; set by the code that opens or accepts the stream. */
  listener: StreamListener | undefined;

  constructor(
    readonly connection: Http2Connection,
    readonly id: number,
    /** How many bytes of data the peer accepts on this stream. */
    public sendWindow: number,
  ) {}

  /** Pings the peer. A killed process does not answer, even before we learn that its connection is lost. */
  isPeerThere(): Promise<boolean> {
    return this.connection.pings.ask((payload) => this.connection.send(FrameType.PING, 0, 0, payload));
  }

  /** Sends headers, or trailers after data. `last` ends our side of the stream. */
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

  /**
   * Sends data as far as the peer's flow-control windows allow, and waits for more. `last` ends our side of the
   * stream. Resolves once everything is sent or the stream is over.
   */
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

  /** Resets the stream. The listener receives no more events. */
  reset(code: number = ErrorCode.CANCEL): void {
    if (this.#over) return;
    this.connection.send(FrameType.RST_STREAM, 0, this.id, uint32s(code));
    this.#end();
  }

  /** Whether the peer may still send headers and data (RFC 9113 §5.1, half-closed). */
  get isReceiving(): boolean {
    return !this.#over && !this.#allReceived;
  }

  /** Called by the connection when the peer has ended its side. */
  receivedAll(): void {
    if (!this.isReceiving) return;
    this.#allReceived = true;
    if (this.#allSent) this.#end(true);
    this.listener?.ended();
  }

  /** Called by the connection when the stream has failed. */
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
