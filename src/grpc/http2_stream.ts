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
  #sent = false;
  #received = false;
  #over = false;

  constructor(
    readonly connection: Http2Connection,
    readonly id: number,
    readonly listener: StreamListener,
    /** What the peer lets us send on this stream. */
    public sendWindow: number,
  ) {}

  /** Sends headers, or trailers when data went before; `last` when nothing follows. */
  sendHeaders(headers: HeaderList, last: boolean): void {
    if (this.#over) return;
    const block = encodeHeaders(headers);
    const most = this.connection.maxFrameBytes;
    for (let at = 0; at === 0 || at < block.length; at += most) {
      const flags = (at + most >= block.length ? Flag.END_HEADERS : 0) | (at === 0 && last ? Flag.END_STREAM : 0);
      const type = at === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
      this.connection.send(type, flags, this.id, block.subarray(at, at + most));
    }
    if (last) this.#done("#sent");
  }

  /** Sends data as the peer's windows allow. Done when it is on its way, or the stream is over. */
  async sendData(bytes: Uint8Array, last: boolean): Promise<void> {
    for (let at = 0; !this.#over;) {
      const size = this.connection.takeWindow(this, bytes.length - at);
      if (size === 0 && at < bytes.length) {
        await this.connection.windowOpened();
        continue;
      }
      const ends = at + size >= bytes.length;
      this.connection.send(FrameType.DATA, ends && last ? Flag.END_STREAM : 0, this.id, bytes.subarray(at, at + size));
      at += size;
      if (!ends) continue;
      if (last) this.#done("#sent");
      return;
    }
  }

  /** Gives the stream up. The listener hears no more. */
  reset(code: number = ErrorCode.CANCEL): void {
    if (this.#over) return;
    this.#over = true;
    this.connection.send(FrameType.RST_STREAM, 0, this.id, uint32s(code));
    this.connection.forget(this);
  }
}
