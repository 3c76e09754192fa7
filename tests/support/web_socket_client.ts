/** A message of the protocol graphql-transport-ws. */
export type Message = { type: string; id?: string; payload?: unknown };

export type WsOptions = {
  protocols?: string[];
  headers?: Record<string, string>;
  /** `connectionParams`; none are sent without it. */
  params?: Record<string, unknown>;
};

/** A low-level graphql-transport-ws client that sends and receives the protocol's messages. */
export class WsClient implements AsyncDisposable {
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;
  readonly #messages: Message[] = [];
  #wake: (() => void) | undefined;
  #isClosed = false;

  constructor(url: string, { protocols = ["graphql-transport-ws"], headers = {} }: WsOptions = {}) {
    // Deno accepts options instead of protocols, but the types from npm packages describe only the standard.
    this.#socket = new WebSocket(url, { protocols, headers } as unknown as string[]);
    const closed = Promise.withResolvers<{ code: number; reason: string }>();
    this.closed = closed.promise;
    this.#socket.onmessage = ({ data }) => {
      this.#messages.push(JSON.parse(data));
      this.#wake?.();
    };
    this.#socket.onerror = () => {};
    this.#socket.onclose = ({ code, reason }) => {
      this.#isClosed = true;
      closed.resolve({ code, reason });
      this.#wake?.();
    };
  }

  /** Connects and waits for `connection_ack`. */
  static async open(url: string, options: WsOptions = {}): Promise<WsClient> {
    const client = new WsClient(url, options);
    await client.opened();
    client.send({ type: "connection_init", ...(options.params ? { payload: options.params } : {}) });
    const { type } = await client.next();
    if (type !== "connection_ack") throw new Error(`The server said ${type}`);
    return client;
  }

  async opened(): Promise<void> {
    if (this.#socket.readyState === WebSocket.OPEN) return;
    await Promise.race([
      new Promise<void>((resolve) => this.#socket.addEventListener("open", () => resolve(), { once: true })),
      this.closed,
    ]);
  }

  send(message: Message | string): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables: Record<string, unknown> = {}): void {
    this.send({ type: "subscribe", id, payload: { query, variables } });
  }

  /** The next message. Throws if the connection closes first. */
  async next(): Promise<Message> {
    while (this.#messages.length === 0) {
      if (this.#isClosed) throw new Error(`Closed: ${JSON.stringify(await this.closed)}`);
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#messages.shift()!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) this.#socket.close(1000);
    await this.closed;
  }
}
