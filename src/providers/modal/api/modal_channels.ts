import { connect, type Target } from "../grpc/connect.ts";
import { NotHttp2 } from "../grpc/frames.ts";
import { type Answered, CallFailed, callUnary, type UnaryOptions } from "../grpc/grpc_client.ts";
import { type Method, status } from "../grpc/grpc_status.ts";
import { Http2Connection } from "../grpc/http2_connection.ts";

export type ChannelCall = Pick<UnaryOptions, "headers" | "timeoutSeconds" | "signal">;

export type ModalChannels = {
  /**
   * Makes one call on a connection with room for a stream. `timeoutSeconds` includes connecting.
   *
   * @throws CallFailed, with DEADLINE_EXCEEDED after the timeout, or the reason of `signal` if it aborts the call.
   */
  call<Q, S>(method: Method<Q, S>, request: Q, call: ChannelCall): Promise<Answered<S>>;
  /** Number of connections that are open or being opened. */
  readonly connections: number;
  /** Closes all connections. Calls in progress fail. */
  close(): void;
};

/** A connection, or an attempt to connect with the number of calls that wait for it. */
type Lane = { connecting: Promise<Http2Connection>; connection?: Http2Connection; waiting: number };

/** Assumed limit until a server sends its own. Modal, like most gRPC servers, allows 100 streams per connection. */
const ASSUMED_STREAMS = 100;
/** How many connections in a row may close at once before the call fails. Connections that fill up do not count. */
const MAX_LOST_CONNECTIONS = 2;
/** As in Modal's own clients. Detects a dead connection even during a long poll without traffic. */
const KEEPALIVE = { everySeconds: 30, answerSeconds: 10 };

/**
 * Creates a pool of connections to one server. Calls use the oldest connection with room, so that later ones become
 * idle. One idle connection is kept open. A broken connection is replaced at the next call.
 */
export function createModalChannels(target: Target & { authority: string }): ModalChannels {
  const lanes = new Set<Lane>();
  const scheme = target.secure ? "https" : "http";
  let closed = false;
  const stop = new AbortController();

  function openLane(): Lane {
    const connecting = openConnection(target, stop.signal);
    const lane: Lane = { connecting, waiting: 0 };
    lanes.add(lane);
    connecting.then((connection) => {
      lane.connection = connection;
      connection.closed.then(() => lanes.delete(lane));
      if (closed) connection.close();
    }, () => lanes.delete(lane));
    return lane;
  }

  async function nextConnection(): Promise<Http2Connection> {
    if (closed) throw new CallFailed(status.CANCELLED, "the client is closed");
    const lane = [...lanes].find(hasRoom) ?? openLane();
    lane.waiting++;
    return await lane.connecting.finally(() => lane.waiting--);
  }

  /**
   * Checks for room and opens the stream in the same turn of the event loop, so that no other call takes the room.
   */
  async function attempt<Q, S>(method: Method<Q, S>, request: Q, call: ChannelCall, deadline: number) {
    for (let lost = 0; lost < MAX_LOST_CONNECTIONS;) {
      const connection = await within(nextConnection(), deadline, call.signal);
      if (connection.hasRoom) {
        const timeoutSeconds = (deadline - Date.now()) / 1000;
        const options = { ...call, timeoutSeconds, scheme, authority: target.authority } as const;
        return await callUnary(connection, method, request, options).finally(closeIdle);
      }
      if (connection.isOpen && connection.streams === 0) {
        throw new CallFailed(status.UNAVAILABLE, "the server allows no streams");
      }
      // An open connection without room was filled by other calls. This does not count as lost.
      if (!connection.isOpen) lost++;
    }
    throw new CallFailed(status.UNAVAILABLE, "the server is going away");
  }

  function closeIdle() {
    // A connection that is shutting down closes by itself and is not the one to keep.
    const idle = [...lanes].filter(({ connection, waiting }) =>
      connection?.isOpen && connection.streams === 0 && waiting === 0
    );
    for (const { connection } of idle.slice(1)) connection?.close();
  }

  return {
    async call(method, request, call) {
      call.signal?.throwIfAborted();
      const deadline = Date.now() + call.timeoutSeconds * 1000;
      try {
        return await attempt(method, request, call, deadline);
      } catch (error) {
        // The server has not processed the call. gRPC counts the retry as part of the same call.
        const isRetryable = error instanceof CallFailed && error.unprocessed && !closed;
        if (!isRetryable) throw error;
        return await attempt(method, request, call, deadline);
      }
    },
    get connections() {
      return lanes.size;
    },
    close() {
      closed = true;
      stop.abort();
      for (const { connection } of lanes) connection?.close();
    },
  };
}

function hasRoom({ connection, waiting }: Lane): boolean {
  return connection ? connection.hasRoom : waiting < ASSUMED_STREAMS;
}

/** @throws CallFailed with a gRPC status. */
async function openConnection(target: Target, signal: AbortSignal): Promise<Http2Connection> {
  try {
    const connection = new Http2Connection(await connect(target, signal), {
      side: "client",
      keepalive: KEEPALIVE,
    });
    await connection.ready;
    return connection;
  } catch (error) {
    if (error instanceof NotHttp2) throw new CallFailed(status.UNKNOWN, error.message, { spokeGrpc: false });
    throw new CallFailed(status.UNAVAILABLE, error instanceof Error ? error.message : `${error}`);
  }
}

/** Resolves like `promise`. Rejects if the deadline (in ms, by the machine's clock) or `signal` comes first. */
function within<T>(promise: Promise<T>, deadline: number, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const onTimeout = () => reject(new CallFailed(status.DEADLINE_EXCEEDED, "no connection in time"));
    const timer = setTimeout(onTimeout, deadline - Date.now());
    const abort = () => reject(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    });
  });
}
