/*
 * Requests over a connection that stays open, written and read by hand: `fetch` would cost more than the servers
 * it is to measure.
 */

const END_OF_HEAD = "\r\n\r\n";
const LAST_CHUNK = `0${END_OF_HEAD}`;

/** One connection to 127.0.0.1; one request after the other goes over it. */
export class HttpConnection implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  #buffer = new Uint8Array(16 * 1024);

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    connection.setNoDelay();
  }

  static async open(port: number): Promise<HttpConnection> {
    return new HttpConnection(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Sends a whole request and returns the whole answer, its head included. Throws when the server hangs up. */
  async exchange(request: string): Promise<string> {
    await this.#write(request);
    let text = "";
    for (let received = 0; !isWhole(text, received);) {
      const count = await this.#connection.read(this.#buffer);
      if (count === null) throw new Error(`The server hung up after ${received} bytes`);
      text += this.#decoder.decode(this.#buffer.subarray(0, count), { stream: true });
      received += count;
    }
    return text;
  }

  async #write(request: string): Promise<void> {
    if (request.length > this.#buffer.length) this.#buffer = new Uint8Array(request.length);
    const { written } = this.#encoder.encodeInto(request, this.#buffer);
    for (let at = 0; at < written;) at += await this.#connection.write(this.#buffer.subarray(at, written));
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

/** Whether a text of so many bytes is a whole answer; its head is ASCII. */
function isWhole(text: string, bytes: number): boolean {
  const head = text.indexOf(END_OF_HEAD);
  if (head < 0) return false;
  const length = /content-length: (\d+)/i.exec(text.slice(0, head))?.[1];
  return length === undefined
    ? text.endsWith(LAST_CHUNK)
    : bytes >= head + END_OF_HEAD.length + Number(length);
}
