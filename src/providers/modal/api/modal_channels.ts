import { connect, type Target } from "../grpc/connect.ts";
import { NotHttp2 } from "../grpc/frames.ts";
import { type Answered, CallFailed, callUnary, type UnaryOptions } from "../grpc/grpc_client.ts";
import { type Method, status } from "../grpc/grpc_status.ts";
import { Http2Connection } from "../grpc/http2_connection.ts";

export type ChannelCall = Pick<UnaryOptions, "headers" | "timeoutSeconds" | "signal">;

export type ModalChannels = {
  /**
   * Makes one call over a connection with room. Throws `CallFailed`, or the signal's reason when that ended it.
   * After `timeoutSeconds`, connecting included, the status is DEADLINE_EXCEEDED.
   */
  call<Q, S>(method: Method<Q, S>, request: Q, call: ChannelCall): Promise<Answered<S>>;
  /** How many connections are open or being opened. */
  readonly connections: number;
  /** Ends all connections; calls under way fail. */
  close(): void;
};

/** A connection, or the attempt at one with those who wait for it. */
type Lane = { connecting: Promise<Http2Connection>; connection?: Http2Connection; waiting: number };

/** Modal, like most gRPC servers, allows 100 streams a connection. Until a server has told, we count on that. */
const ASSUMED_STREAMS = 100;
/** A server that leaves as soon as it has come is tried this often in a row: more is for whoever waits in between. */
const MAX_LOST_CONNECTIONS = 2;
/** As Modal's own clients have it: a dead connection is noticed although a long poll is silent. */
const KEEPALIVE = { everySeconds: 30, answerSeconds: 10 };

/**
 * As many connections to one server as its callers need. Calls go to the oldest connection with room, so that
 * later ones fall idle; of idle ones, one is kept. A connection that breaks is replaced at the next call.
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

  /** Opens a stream in the same breath as it finds room for it, so that nobody comes between. */
  async function attempt<Q, S>(method: Method<Q, S>, request: Q, call: ChannelCall, deadline: number) {
    for (let lost = 0; lost < MAX_LOST_CONNECTIONS;) {
      const connection = await within(nextConnection(), deadline, call.signal);
      if (connection.hasRoom) {
        const timeoutSeconds = (deadline - Date.now()) / 1000;
        const options = { ...call, timeoutSeconds, scheme, authority: target.authority } as const;
        return await callUnary(connection, method, request, options).finally(closeSpare);
      }
      if (connection.isOpen && connection.streams === 0) {
        throw new CallFailed(status.UNAVAILABLE, "the server allows no streams");
      }
      // One that is open is full of others' calls, and the next has room: that is no fault of the server's.
      if (!connection.isOpen) lost++;
    }
    throw new CallFailed(status.UNAVAILABLE, "the server is going away");
  }

  function closeSpare() {
    // One that is going away ends by itself, and is not the one to keep.
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
        // Nobody has seen it: gRPC counts this as part of the same call.
        const again = error instanceof CallFailed && error.unprocessed && !closed;
        if (!again) throw error;
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

/** Throws `CallFailed` in gRPC's terms. */
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

/** The promise's result, unless the deadline (in ms of the real clock) or the signal come first. */
function within<T>(promise: Promise<T>, deadline: number, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new CallFailed(status.DEADLINE_EXCEEDED, "no connection in time"));
    const timer = setTimeout(late, deadline - Date.now());
    const abort = () => reject(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    });
  });
}
