import {
  type ChannelCredentials,
  Client,
  type ClientOptions,
  connectivityState,
  type Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import type { MethodDefinition } from "@grpc/proto-loader";

/** An answer with the trailers that came behind it. */
export type Unary<Response> = { response: Response; trailers: Metadata };

/** A call that got no answer: gRPC's status, and what else the server sent. */
export class CallFailed extends Error {
  override readonly name = "CallFailed";
  constructor(
    readonly status: number,
    readonly details: string,
    readonly trailers: Metadata,
    readonly spokeGrpc: boolean,
  ) {
    super(`gRPC status ${status}`);
  }
}

export type CallOptions = { headers: Metadata; timeoutSeconds: number; signal?: AbortSignal | undefined };

export type ModalChannels = {
  /**
   * Makes one call over a connection with room. Throws `CallFailed`, or the signal's reason when that ended it.
   * After `timeoutSeconds` the status is DEADLINE_EXCEEDED, whether or not the server minds the deadline.
   */
  call<Q, S>(method: MethodDefinition<Q, S>, request: Q, options: CallOptions): Promise<Unary<S>>;
  /** How many connections are open or being opened. */
  readonly connections: number;
  /** Ends all connections; calls under way fail with CANCELLED. */
  close(): void;
};

type Call = { cancel(): void };

/** One HTTP/2 connection, and the calls on it. A broken one takes no more of them. */
type Lane = { client: Client; calls: Set<Call>; broken: boolean };

/**
 * Modal, like most gRPC servers, allows 100 streams a connection. A call past that would wait, unseen, in a
 * queue for one of the others to end, which for long polls is most of a minute. So we stay clear of it.
 */
const STREAMS_PER_CONNECTION = 90;

/**
 * As many connections to one server as its callers need, since gRPC itself opens only one. Calls go to the
 * oldest connection with room, so that later ones fall idle; of idle ones one is kept. A connection that
 * breaks is replaced at the next call, without gRPC's own back-off: how long to wait is the caller's decision.
 */
export function createModalChannels(
  target: string,
  credentials: ChannelCredentials,
  options: ClientOptions,
  streamsPerConnection = STREAMS_PER_CONNECTION,
): ModalChannels {
  const lanes = new Set<Lane>();
  let closed = false;

  function openLane(): Lane {
    // Clients share a connection to the same target unless each has a pool of its own.
    const client = new Client(target, credentials, { ...options, "grpc.use_local_subchannel_pool": 1 });
    const lane = { client, calls: new Set<Call>(), broken: false };
    lanes.add(lane);
    return lane;
  }

  function laneWithRoom(): Lane {
    if (closed) throw new TypeError("Cannot call Modal: the client is closed");
    for (const lane of lanes) if (!lane.broken && lane.calls.size < streamsPerConnection) return lane;
    return openLane();
  }

  function leave(lane: Lane, call: Call, code: number) {
    lane.calls.delete(call);
    if (code === status.UNAVAILABLE) lane.broken ||= isBroken(lane);
    if (lane.calls.size > 0) return;
    const spare = [...lanes].some((other) => other !== lane && other.calls.size === 0);
    if (!lane.broken && !spare) return;
    lanes.delete(lane);
    lane.client.close();
  }

  return {
    call(method, request, { headers, timeoutSeconds, signal }) {
      return new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const lane = laneWithRoom();
        type Response = ReturnType<typeof method.responseDeserialize>;
        let answer: Response | undefined;
        let failure: ServiceError | null = null;
        let spokeGrpc = true;
        // grpc-js keeps its own time, so this is the real clock's.
        const deadline = Date.now() + timeoutSeconds * 1000;
        const call = lane.client.makeUnaryRequest(
          method.path,
          method.requestSerialize,
          method.responseDeserialize,
          request,
          headers,
          { deadline },
          (error, response) => {
            failure = error;
            answer = response;
          },
        );
        lane.calls.add(call);
        const abort = () => call.cancel();
        signal?.addEventListener("abort", abort);
        call.on("metadata", (first: Metadata) => spokeGrpc = isGrpc(first));
        call.on("status", ({ code, details, metadata: trailers }) => {
          signal?.removeEventListener("abort", abort);
          leave(lane, call, code);
          if (!failure) return resolve({ response: answer as Response, trailers });
          reject(signal?.aborted ? signal.reason : new CallFailed(code, details, trailers, spokeGrpc));
        });
      });
    },
    get connections() {
      return lanes.size;
    },
    close() {
      closed = true;
      for (const lane of lanes) {
        for (const call of lane.calls) call.cancel();
        lane.client.close();
      }
      lanes.clear();
    },
  };
}

function isBroken({ client }: Lane): boolean {
  return client.getChannel().getConnectivityState(false) !== connectivityState.READY;
}

function isGrpc(first: Metadata): boolean {
  const [contentType] = first.get("content-type");
  return contentType === undefined || contentType.toString().startsWith("application/grpc");
}
