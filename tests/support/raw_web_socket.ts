import { Buffer } from "node:buffer";

/** A WebSocket frame. */
export type Frame = { opcode: number; payload: Uint8Array };

export const TEXT = 1;
export const CONTINUATION = 0;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** A WebSocket client that can send invalid frames, and reads only on request. */
export class RawWebSocket implements Disposable {
  readonly #connection: Deno.TcpConn;
  #buffer = new Uint8Array();

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Connects and completes the handshake. Throws if it is refused. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<RawWebSocket> {
    const { status, socket } = await handshake(url, headers);
    if (socket) return socket;
    throw new Error(`Refused with ${status}`);
  }

  /** Used by `handshake`. */
  static over(connection: Deno.TcpConn, read: Uint8Array): RawWebSocket {
    const socket = new RawWebSocket(connection);
    socket.#buffer = read.slice();
    return socket;
  }

  async frame(opcode: number, payload: Uint8Array | string, final = true): Promise<void> {
    await this.write(frameBytes(opcode, payload, final));
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) sent += await this.#connection.write(bytes.subarray(sent));
  }

  /** The next frame, or undefined at the end of the connection. */
  async next(): Promise<Frame | undefined> {
    while (true) {
      const frame = this.#takeFrame();
      if (frame) return frame;
      const chunk = new Uint8Array(64 * 1024);
      const length = await this.#connection.read(chunk).catch(() => null);
      if (length === null) return undefined;
      const joined = new Uint8Array(this.#buffer.length + length);
      joined.set(this.#buffer);
      joined.set(chunk.subarray(0, length), this.#buffer.length);
      this.#buffer = joined;
    }
  }

  /** Reads to the end. Returns the server's close code, or undefined if it closed the connection without one. */
  async closeCode(): Promise<number | undefined> {
    let code: number | undefined;
    for (let frame = await this.next(); frame; frame = await this.next()) {
      if (frame.opcode !== CLOSE) continue;
      code = new DataView(frame.payload.buffer, frame.payload.byteOffset).getUint16(0);
      await this.frame(CLOSE, frame.payload).catch(() => {});
    }
    return code;
  }

  #takeFrame(): Frame | undefined {
    const [first = 0, second = 0] = this.#buffer;
    const view = new DataView(this.#buffer.buffer, this.#buffer.byteOffset, this.#buffer.byteLength);
    const extra = second === 127 ? 8 : second === 126 ? 2 : 0;
    if (this.#buffer.length < 2 + extra) return undefined;
    const length = extra === 8 ? Number(view.getBigUint64(2)) : extra === 2 ? view.getUint16(2) : second;
    const end = 2 + extra + length;
    if (this.#buffer.length < end) return undefined;
    const payload = this.#buffer.slice(2 + extra, end);
    this.#buffer = this.#buffer.slice(end);
    return { opcode: first & 15, payload };
  }

  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch {
      // Closed already.
    }
  }
}

/** Encodes a client's frame with a zero mask, which leaves the payload unchanged. */
export function frameBytes(opcode: number, payload: Uint8Array | string, final = true): Uint8Array {
  const data = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const extra = data.length > 0xffff ? 8 : data.length > 125 ? 2 : 0;
  const bytes = new Uint8Array(2 + extra + 4 + data.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = (final ? 128 : 0) | opcode;
  bytes[1] = 128 | (extra === 8 ? 127 : extra === 2 ? 126 : data.length);
  if (extra === 8) view.setBigUint64(2, BigInt(data.length));
  if (extra === 2) view.setUint16(2, data.length);
  bytes.set(data, 6 + extra);
  return bytes;
}

/** Sends a handshake with these headers. Returns the status, and the socket if it is 101. */
export async function handshake(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; head: string; text: string; socket?: RawWebSocket }> {
  const { hostname, port, pathname, host } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const all = {
    host,
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
    "sec-websocket-protocol": "graphql-transport-ws",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  await connection.write(
    new TextEncoder().encode([`GET ${pathname} HTTP/1.1`, ...lines, "", ""].join("\r\n")),
  );
  let text = "";
  while (true) {
    const chunk = new Uint8Array(4096);
    const length = await connection.read(chunk);
    text += Buffer.from(chunk.subarray(0, length ?? 0)).toString("latin1");
    const end = text.indexOf("\r\n\r\n");
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
    const head = text.slice(0, end);
    if (end >= 0 && status === 101) {
      const rest = Uint8Array.from(text.slice(end + 4), (letter) => letter.charCodeAt(0));
      return { status, head, text: "", socket: RawWebSocket.over(connection, rest) };
    }
    const wholeLength = end + 4 + Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    if (length !== null && (end < 0 || text.length < wholeLength)) continue;
    connection.close();
    return { status, head, text: text.slice(end + 4) };
  }
}
