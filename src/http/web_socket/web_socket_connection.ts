import type { Buffer } from "node:buffer";
import { CloseCode } from "graphql-ws";
import type { WebSocket } from "ws";

export type ConnectionLimits = {
  /** Bytes that may wait for a client that does not read, those the socket holds below us included. */
  mostUnreadBytes: number;
  /** Operations under way. */
  mostOperations: number;
  /** Bytes of the messages that operations under way came with: each is held until its operation ends. */
  mostBytesUnderWay: number;
  /** An anonymous connection without an operation is closed after this time. */
  anonymousIdleMs: number;
};

/** What the connection asks of its client, while it is open. */
export type Client = {
  isAnonymous(): boolean;
  hasOperation(): boolean;
};

/** RFC 6455 §7.4.1. */
const NORMAL = 1000;
const NOT_TEXT = 1003;
const TRY_AGAIN_LATER = 1013;

/** One connection, within its limits: what it sends, what waits for it, and how long it may do nothing. */
export class WebSocketConnection {
  readonly #socket: WebSocket;
  readonly #limits: ConnectionLimits;
  readonly #client: Client;
  #messages = 0;
  #bytes = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  /** Whether the last ping has left us and was answered. */
  #pinged = true;
  #ponged = true;

  constructor(socket: WebSocket, limits: ConnectionLimits, client: Client) {
    this.#socket = socket;
    this.#limits = limits;
    this.#client = client;
    socket.on("pong", () => this.#ponged = true);
    socket.on("close", () => clearTimeout(this.#idle));
    this.#waitForOperation();
  }

  /** Sends a message. Resolves when it has left us, so that an operation does not outrun its reader. */
  async send(message: string): Promise<void> {
    if (this.#socket.bufferedAmount > this.#limits.mostUnreadBytes) return this.#socket.terminate();
    await new Promise<void>((resolve) => this.#socket.send(message, () => resolve()));
  }

  /** Hands each text message to `handle`, whose promise lasts as long as the operation that it begins. */
  onMessage(handle: (message: string) => Promise<void>): void {
    this.#socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) this.#socket.close(NOT_TEXT, "A message must be text");
      else void this.#handle(data, handle);
    });
  }

  async #handle(data: Buffer, handle: (message: string) => Promise<void>): Promise<void> {
    const { mostOperations, mostBytesUnderWay } = this.#limits;
    if (this.#messages >= mostOperations || this.#bytes + data.length > mostBytesUnderWay) {
      return this.#socket.close(TRY_AGAIN_LATER, "Too many operations are under way on this connection");
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
      if (this.#idle === undefined && !this.#client.hasOperation()) this.#waitForOperation();
    }
  }

  /** Stops the clock of an anonymous connection until its last operation has ended. */
  operationStarted(): void {
    clearTimeout(this.#idle);
    this.#idle = undefined;
  }

  #waitForOperation(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#idle = setTimeout(() => {
      if (this.#client.isAnonymous()) this.#socket.close(NORMAL, "No operation, and no token");
    }, this.#limits.anonymousIdleMs);
  }

  /**
   * Asks whether the client is still there. Ends the connection of one that has not answered the last time, or has
   * not even read the question: an answer can be sent without reading.
   */
  ping(): void {
    if (!this.#pinged || !this.#ponged) return this.#socket.terminate();
    this.#pinged = this.#ponged = false;
    this.#socket.ping(() => this.#pinged = true);
  }
}
