/** RFC 9113 §6. */
export const FrameType = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

export const Flag = { END_STREAM: 1, ACK: 1, END_HEADERS: 4, PADDED: 8, PRIORITY: 32 } as const;

export const Setting = {
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
} as const;

/** RFC 9113 §7. */
export const ErrorCode = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  ENHANCE_YOUR_CALM: 11,
} as const;

export type Frame = { type: number; flags: number; streamId: number; payload: Uint8Array<ArrayBuffer> };

const HEADER_BYTES = 9;
/** Every peer must accept frames of this size. We never allow larger ones. */
export const MAX_FRAME_BYTES = 16 * 1024;
/** A frame's length has 24 bits. */
const LARGEST_FRAME_BYTES = 2 ** 24 - 1;
/** RFC 9113 §6.9.1. */
export const MAX_WINDOW_BYTES = 2 ** 31 - 1;

export function encodeFrame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, payload.length * 256 + type);
  view.setUint8(4, flags);
  view.setUint32(5, streamId);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** Encodes 32-bit numbers, the payload of most small frames. */
export function uint32s(...values: number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setUint32(index * 4, value));
  return bytes;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);
}

export function encodeSettings(settings: [id: number, value: number][]): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(settings.length * 6);
  const view = new DataView(payload.buffer);
  settings.forEach(([id, value], index) => {
    view.setUint16(index * 6, id);
    view.setUint32(index * 6 + 2, value);
  });
  return payload;
}

/**
 * Decodes the payload of a SETTINGS frame.
 *
 * @throws Error for values that are a connection error in RFC 9113 §6.5.2. A frame size of 0, for example, would make
 * sending endless.
 */
export function decodeSettings(payload: Uint8Array<ArrayBuffer>): [id: number, value: number][] {
  const settings: [number, number][] = [];
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  for (let at = 0; at + 6 <= payload.length; at += 6) {
    settings.push([view.getUint16(at), view.getUint32(at + 2)]);
  }
  if (payload.length % 6 !== 0 || settings.some(isForbidden)) throw new Error("HTTP/2: impossible settings");
  return settings;
}

function isForbidden([id, value]: [id: number, value: number]): boolean {
  if (id === Setting.MAX_FRAME_SIZE) return value < MAX_FRAME_BYTES || value > LARGEST_FRAME_BYTES;
  return id === Setting.INITIAL_WINDOW_SIZE && value > MAX_WINDOW_BYTES;
}

/** The payload of a DATA or HEADERS frame without its padding and priority. */
export function contentOf({ flags, payload }: Frame): Uint8Array<ArrayBuffer> {
  const padded = (flags & Flag.PADDED) !== 0;
  const padding = padded ? payload[0] ?? 0 : 0;
  const start = (padded ? 1 : 0) + (flags & Flag.PRIORITY ? 5 : 0);
  if (start + padding > payload.length) throw new Error("HTTP/2: more padding than frame");
  return payload.subarray(start, payload.length - padding);
}

/** The frame is too large. If it is the first one of a peer, it is not a frame at all. */
export class FrameTooLarge extends Error {
  constructor() {
    super("HTTP/2: frame too large");
  }
}

/** The peer does not speak HTTP/2, most likely HTTP/1.1. */
export class NotHttp2 extends Error {
  constructor() {
    super("the peer does not speak HTTP/2");
  }
}

export type ByteSource = { read(into: Uint8Array): Promise<number | null> };

/** Reads exact numbers of bytes from a source. */
export class ByteReader {
  #buffer = new Uint8Array(MAX_FRAME_BYTES);
  #start = 0;
  #end = 0;
  constructor(readonly source: ByteSource) {}

  /** Reads the next `count` bytes into a new array; undefined if the source ends before. */
  async take(count: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const taken = new Uint8Array(count);
    for (let filled = 0; filled < count;) {
      if (this.#start === this.#end && !await this.#fill()) return undefined;
      const part = this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + count - filled));
      taken.set(part, filled);
      filled += part.length;
      this.#start += part.length;
    }
    return taken;
  }

  async #fill(): Promise<boolean> {
    const count = await this.source.read(this.#buffer);
    this.#start = 0;
    this.#end = count ?? 0;
    return this.#end > 0;
  }

  /**
   * Reads the next frame; undefined at the end.
   *
   * @throws FrameTooLarge.
   */
  async frame(): Promise<Frame | undefined> {
    const header = await this.take(HEADER_BYTES);
    if (!header) return undefined;
    const length = readUint32(header, 0) >>> 8;
    if (length > MAX_FRAME_BYTES) throw new FrameTooLarge();
    const payload = await this.take(length);
    return payload &&
      { type: header[3]!, flags: header[4]!, streamId: readUint32(header, 5) & 0x7fffffff, payload };
  }
}
