import type { HeaderList } from "./hpack.ts";
import { Http2Connection } from "./http2_connection.ts";
import type { Http2Stream, StreamListener } from "./http2_stream.ts";
import { type Metadata, status, toMetadata } from "./grpc_status.ts";
import { encodeMessage, MessageCollector } from "./messages.ts";

/** An incoming unary call. */
export type IncomingCall = {
  path: string;
  headers: Metadata;
  message: Uint8Array;
  /** The client's timeout; Infinity if it sends none. */
  timeoutSeconds: number;
  /** The client's address and port. They identify its connection. */
  peer: string;
  /** Aborted when the client cancels the call or disconnects. */
  signal: AbortSignal;
  /** Pings the client; resolves to whether it answers. */
  isClientThere(): Promise<boolean>;
};

export type Reply =
  | { message: Uint8Array; trailers: Metadata }
  /** An error status. */
  | { status: number; details: string; trailers: Metadata };

export type GrpcServer = {
  port: number;
  /** Closes all connections at once. Resolves when all are closed. */
  close(): Promise<void>;
};

const MAX_REQUEST_BYTES = 256 * 1024;

/** Serves unary gRPC calls in plaintext. `handle` must not throw. */
export function serveGrpc(
  options: { hostname: string; port: number; maxStreams: number },
  handle: (call: IncomingCall) => Promise<Reply>,
): GrpcServer {
  const listener = Deno.listen({ hostname: options.hostname, port: options.port });
  const connections = new Set<Http2Connection>();

  async function accept() {
    for await (const socket of listener) {
      socket.setNoDelay();
      const { hostname, port } = socket.remoteAddr as Deno.NetAddr;
      const onStream = (stream: Http2Stream) => new IncomingStream(stream, `${hostname}:${port}`, handle);
      const connection = new Http2Connection(socket, {
        side: "server",
        maxStreams: options.maxStreams,
        onStream,
      });
      connections.add(connection);
      connection.closed.then(() => connections.delete(connection));
    }
  }

  const accepting = accept();
  return {
    port: listener.addr.port,
    async close() {
      listener.close();
      const open = [...connections];
      for (const connection of open) connection.close();
      await Promise.all([accepting, ...open.map((connection) => connection.closed)]);
    },
  };
}

class IncomingStream implements StreamListener {
  readonly #gone = new AbortController();
  readonly #message = new MessageCollector(MAX_REQUEST_BYTES);
  #headers: Metadata | undefined;

  constructor(
    readonly stream: Http2Stream,
    readonly peer: string,
    readonly handle: (call: IncomingCall) => Promise<Reply>,
  ) {}

  headers(headers: HeaderList): void {
    this.#headers ??= toMetadata(headers);
  }

  data(chunk: Uint8Array): void {
    if (!this.#message.add(chunk)) this.stream.reset();
  }

  ended(): void {
    const headers = this.#headers ?? {};
    const isGrpc = headers[":method"] === "POST" && headers["content-type"]?.startsWith("application/grpc");
    if (!isGrpc) return this.stream.sendHeaders([[":status", "415"]], true);
    this.#answer(headers);
  }

  failed(): void {
    this.#gone.abort();
  }

  async #answer(headers: Metadata) {
    const message = this.#message.take();
    const reply = message
      ? await this.handle({
        path: headers[":path"] ?? "",
        headers,
        message,
        timeoutSeconds: readTimeout(headers["grpc-timeout"]),
        peer: this.peer,
        signal: this.#gone.signal,
        isClientThere: () => this.stream.isPeerThere(),
      })
      : { status: status.INTERNAL, details: "the request cannot be read", trailers: {} };
    await this.#send(reply);
  }

  async #send(reply: Reply) {
    const head: HeaderList = [[":status", "200"], ["content-type", "application/grpc"]];
    if ("status" in reply) {
      const refusal: HeaderList = [
        ["grpc-status", `${reply.status}`],
        ["grpc-message", encodeURIComponent(reply.details)],
      ];
      return this.stream.sendHeaders([...head, ...refusal, ...Object.entries(reply.trailers)], true);
    }
    this.stream.sendHeaders(head, false);
    await this.stream.sendData(encodeMessage(reply.message), false);
    this.stream.sendHeaders([["grpc-status", "0"], ...Object.entries(reply.trailers)], true);
  }
}

const SECONDS: Record<string, number> = { H: 3600, M: 60, S: 1, m: 1e-3, u: 1e-6, n: 1e-9 };

/** Parses `grpc-timeout` into seconds. */
function readTimeout(text: string | undefined): number {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(text ?? "") ?? [];
  return digits && unit ? Number(digits) * SECONDS[unit]! : Infinity;
}
