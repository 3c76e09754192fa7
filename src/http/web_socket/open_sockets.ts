import type { WebSocket } from "ws";
import { sleep } from "../../lib/sleep.ts";
import type { WebSocketConnection } from "./web_socket_connection.ts";

/** Service restart, from IANA's registry of WebSocket close codes: the client should reconnect. */
const RESTART = 1012;

/** All open WebSockets: pings them with one timer, and closes them when the server stops. */
export class OpenSockets {
  readonly #pingMs: number;
  readonly #open = new Map<WebSocket, { connection: WebSocketConnection; finished: Promise<void> }>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #isClosing = false;

  constructor(pingMs: number) {
    this.#pingMs = pingMs;
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Adds a socket. `finished` resolves when it is closed and all its operations have ended. */
  add(socket: WebSocket, connection: WebSocketConnection, finished: Promise<void>): void {
    this.#open.set(socket, { connection, finished });
    this.#timer ??= setInterval(() => {
      for (const { connection } of this.#open.values()) connection.ping();
    }, this.#pingMs);
    void finished.then(() => {
      this.#open.delete(socket);
      if (this.#open.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
  }

  /** Closes all sockets with 1012. Waits up to `milliseconds` for clients that do not reply. */
  async close(milliseconds: number): Promise<void> {
    this.#isClosing = true;
    const open = [...this.#open];
    for (const [socket] of open) socket.close(RESTART, "The server is stopping");
    const all = Promise.all(open.map(([, { finished }]) => finished));
    const allClosed = new AbortController();
    void all.then(() => allClosed.abort());
    await sleep(milliseconds, allClosed.signal);
    for (const [socket] of open) socket.terminate();
    await all;
  }
}
