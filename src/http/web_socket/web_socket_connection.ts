import type { Buffer } from "node:buffer";
import { CloseCode } from "graphql-ws";
import type { WebSocket } from "ws";

export type ConnectionLimits = {
  /** Maximum bytes that wait for a slow client, including the socket's own buffer. */
  mostUnreadBytes: number;
  /** Maximum concurrent operations. */
  mostOperations: number;
  /** Maximum bytes of messages whose operations are still running; each message is held until then. */
  mostBytesUnderWay: number;
  /** An anonymous connection without an operation is closed after this time. */
  anonymousIdleMs: number;
};

/** The state of the client, read by the connection. */
export type Client = {
  isAnonymous(): boolean;
  hasOperation(): boolean;
};

/** RFC 6455 §7.4.1. */
const NORMAL = 1000;
const NOT_TEXT = 1003;
const TRY_AGAIN_LATER = 1013;

/** One connection with its limits: running operations, unread bytes and idle time. */
export class WebSocketConnection {
  readonly #socket: WebSocket;
  readonly #limits: ConnectionLimits;
  readonly #client: Client;
  #messages = 0;
  #bytes = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  /** Whether the last ping was written and answered. */
  #pinged = true;
  #ponged = true;
  #isForbidden = false;

  constructor(socket: WebSocket, limits: ConnectionLimits, client: Client) {
    this.#socket = socket;
    this.#limits = limits;
    this.#client = client;
    socket.on("pong", () => this.#ponged = true);
    socket.on("close", () => clearTimeout(this.#idle));
    this.#waitForOperation();
  }

  /** Sends a message. Resolves when it is written, so that operations wait for slow readers. */
  async send(message: string): Promise<void> {
    if (this.#socket.bufferedAmount > this.#limits.mostUnreadBytes) return this.#socket.terminate();
    await new Promise<void>((resolve) => this.#socket.send(message, () => resolve()));
  }

  /** Passes each text message to `handle`, whose promise resolves when the message's operation has ended. */
  onMessage(handle: (message: string) => Promise<void>): void {
    this.#socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) this.#socket.close(NOT_TEXT, "A message must be text");
      else void this.#handle(data, handle);
    });
  }

  async #handle(data: Buffer, handle: (message: string) => Promise<void>): Promise<void> {
    const { mostOperations, mostBytesUnderWay } = this.#limits;
    if (this.#messages >= mostOperations || this.#bytes + data.length > mostBytesUnderWay) {
      return this.#socket.close(TRY_AGAIN_LATER, "Too many operations are running on this connection");
    }
    this.#messages++;
    this.#bytes += data.length;
    try {
      await handle(data.toString());
    } catch {
      this.#socket.close(CloseCode.InternalServerError, "Internal server error");
    } finally {
      this.#messages--;
      this.#bytes -= data.length;
      if (this.#isForbidden && !this.#client.hasOperation()) {
        this.#socket.close(CloseCode.Forbidden, "Forbidden");
      }
      if (this.#idle === undefined && !this.#client.hasOperation()) this.#waitForOperation();
    }
  }

  /** Stops the idle timer until the last operation has ended. */
  operationStarted(): void {
    clearTimeout(this.#idle);
    this.#idle = undefined;
  }

  /** The connection's token is no longer valid: closes the connection when its operations have ended. */
  forbid(): void {
    this.#isForbidden = true;
  }

  #waitForOperation(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#idle = setTimeout(() => {
      if (this.#client.isAnonymous()) this.#socket.close(NORMAL, "No operation, and no token");
    }, this.#limits.anonymousIdleMs);
  }

  /**
   * Pings the client. Terminates the connection if the last ping was not answered, or not even read: a client
   * can reply without reading.
   */
  ping(): void {
    if (!this.#pinged || !this.#ponged) return this.#socket.terminate();
    this.#pinged = this.#ponged = false;
    this.#socket.ping(() => this.#pinged = true);
  }
}
