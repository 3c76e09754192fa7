import type { WebSocket } from "ws";
import { sleep } from "../../lib/sleep.ts";
import type { WebSocketConnection } from "./web_socket_connection.ts";

/** RFC 6455 §7.4.1. */
const GOING_AWAY = 1001;

/** Every WebSocket that is open: pings them all by one timer, and ends them when the server stops. */
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

  /** `finished` resolves when the socket is closed and all that it had open has ended. */
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

  /** Closes all with 1001, and waits no longer than this for clients that do not answer. */
  async close(milliseconds: number): Promise<void> {
    this.#isClosing = true;
    const open = [...this.#open];
    for (const [socket] of open) socket.close(GOING_AWAY, "The server is stopping");
    const all = Promise.all(open.map(([, { finished }]) => finished));
    const allClosed = new AbortController();
    void all.then(() => allClosed.abort());
    await sleep(milliseconds, allClosed.signal);
    for (const [socket] of open) socket.terminate();
    await all;
  }
}
