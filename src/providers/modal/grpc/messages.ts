const PREFIX_BYTES = 5;

/** A message as gRPC sends it: not compressed, and with its length before it. */
export function encodeMessage(bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(PREFIX_BYTES + bytes.length);
  new DataView(framed.buffer).setUint32(1, bytes.length);
  framed.set(bytes, PREFIX_BYTES);
  return framed;
}

/** Collects the one message of a unary request or answer. */
export class MessageCollector {
  #chunks: Uint8Array[] = [];
  #size = 0;
  constructor(readonly maxBytes: number) {}

  /** False when it is more than we take. */
  add(chunk: Uint8Array): boolean {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    return this.#size <= this.maxBytes + PREFIX_BYTES;
  }

  /** The message; undefined when it is cut off, not alone, or compressed, which we ask nobody for. */
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
