const PREFIX_BYTES = 5;

/** Encodes a message for gRPC: uncompressed, with its length as a prefix. */
export function encodeMessage(bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(PREFIX_BYTES + bytes.length);
  new DataView(framed.buffer).setUint32(1, bytes.length);
  framed.set(bytes, PREFIX_BYTES);
  return framed;
}

/** Collects the single message of a unary request or response. */
export class MessageCollector {
  #chunks: Uint8Array[] = [];
  #size = 0;
  constructor(readonly maxBytes: number) {}

  /** Returns false if the message exceeds `maxBytes`. */
  add(chunk: Uint8Array): boolean {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    return this.#size <= this.maxBytes + PREFIX_BYTES;
  }

  /**
   * Returns the message; undefined if it is incomplete, followed by more data, or compressed, which we do not
   * support.
   */
  take(): Uint8Array | undefined {
    const all = new Uint8Array(this.#size);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    const whole = all.length >= PREFIX_BYTES && all[0] === 0 &&
      new DataView(all.buffer).getUint32(1) === all.length - PREFIX_BYTES;
    return whole ? all.subarray(PREFIX_BYTES) : undefined;
  }
}
