import { ErrorCode } from "./frames.ts";
import {
  type Metadata,
  type Method,
  status,
  statusOfHttp,
  statusOfReset,
  toMetadata,
} from "./grpc_status.ts";
import type { HeaderList } from "./hpack.ts";
import type { Http2Connection } from "./http2_connection.ts";
import type { StreamFailure, StreamListener } from "./http2_stream.ts";
import { encodeMessage, MessageCollector } from "./messages.ts";

/** A response with its trailers. */
export type Answered<Response> = { response: Response; trailers: Metadata };

/** A call that failed. */
export class CallFailed extends Error {
  override readonly name = "CallFailed";
  /** The trailers that came with the status; empty if the failure did not come from the server. */
  readonly trailers: Metadata;
  /** False if the response is not from a gRPC server. */
  readonly spokeGrpc: boolean;
  /** True if the server has certainly not processed the call. */
  readonly unprocessed: boolean;

  constructor(
    /** gRPC's status code. */
    readonly status: number,
    /** Text of the server, or ours. */
    readonly details: string,
    more: { trailers?: Metadata; spokeGrpc?: boolean; unprocessed?: boolean } = {},
  ) {
    super(`gRPC status ${status}`);
    this.trailers = more.trailers ?? {};
    this.spokeGrpc = more.spokeGrpc ?? true;
    this.unprocessed = more.unprocessed ?? false;
  }
}

export type UnaryOptions = {
  scheme: "http" | "https";
  /** The `:authority` header: `host:port`. */
  authority: string;
  headers: Metadata;
  /** Sent to the server and enforced here. */
  timeoutSeconds: number;
  signal?: AbortSignal | undefined;
};

/** Limit of a response. Known responses have some hundred bytes; this leaves room for long warnings. */
const MAX_ANSWER_BYTES = 256 * 1024;

/**
 * Makes one call on a connection that has room for a stream.
 *
 * @throws CallFailed, or the reason of `signal` if it aborts the call.
 */
export function callUnary<Q, S>(
  connection: Http2Connection,
  method: Method<Q, S>,
  request: Q,
  options: UnaryOptions,
): Promise<Answered<S>> {
  const message = encodeMessage(method.requestSerialize(request));
  const { signal } = options;
  return new Promise<Answered<Uint8Array>>((resolve, reject) => {
    signal?.throwIfAborted();
    const answer = new UnaryAnswer();
    const stream = connection.open(answer);
    const fail = (reason: unknown) => {
      stream.reset();
      settle(() => reject(reason));
    };
    const onTimeout = () => {
      fail(new CallFailed(status.DEADLINE_EXCEEDED, "no answer in time"));
      connection.drainIfSuspicious();
    };
    const timer = setTimeout(onTimeout, options.timeoutSeconds * 1000);
    const abort = () => fail(signal?.reason);
    signal?.addEventListener("abort", abort);
    const settle = (complete: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      complete();
    };
    answer.whenDone = (outcome) => {
      if (outcome instanceof CallFailed) return fail(outcome);
      // A server may answer before it has read the whole request, and then never read the rest.
      stream.reset();
      settle(() => resolve(outcome));
    };
    stream.sendHeaders(requestHeaders(method.path, options), false);
    stream.sendData(message, true);
  }).then(({ response, trailers }) => ({ response: readMessage(method, response), trailers }));
}

function requestHeaders(path: string, options: UnaryOptions): HeaderList {
  return [
    [":method", "POST"],
    [":scheme", options.scheme],
    [":path", path],
    [":authority", options.authority],
    ["te", "trailers"],
    ["content-type", "application/grpc"],
    ["grpc-accept-encoding", "identity"],
    ["grpc-timeout", `${Math.ceil(options.timeoutSeconds * 1000)}m`],
    ...Object.entries(options.headers),
  ];
}

function readMessage<Q, S>(method: Method<Q, S>, message: Uint8Array): S {
  try {
    return method.responseDeserialize(message);
  } catch {
    throw new CallFailed(status.INTERNAL, "the response cannot be read");
  }
}

/** Assembles the response of a call. */
class UnaryAnswer implements StreamListener {
  whenDone: (outcome: Answered<Uint8Array> | CallFailed) => void = () => {};
  #headers: Metadata | undefined;
  #trailers: Metadata | undefined;
  readonly #message = new MessageCollector(MAX_ANSWER_BYTES);

  headers(headers: HeaderList): void {
    const block = toMetadata(headers);
    if (block[":status"]?.startsWith("1")) return;
    if (this.#headers) this.#trailers = block;
    else this.#headers = block;
  }

  data(chunk: Uint8Array): void {
    if (this.#message.add(chunk)) return;
    const tooLarge = new CallFailed(status.RESOURCE_EXHAUSTED, "the response is too large");
    this.whenDone(this.#isGrpc ? tooLarge : this.#withoutStatus());
  }

  ended(): void {
    this.whenDone(this.#outcome());
  }

  failed(failure: StreamFailure): void {
    this.whenDone(toCallFailed(failure));
  }

  get #isGrpc(): boolean {
    return this.#headers?.["content-type"]?.startsWith("application/grpc") ?? false;
  }

  #outcome(): Answered<Uint8Array> | CallFailed {
    // A server may send an error as trailers only, which look like headers.
    const trailers = this.#trailers ?? this.#headers ?? {};
    const code = trailers["grpc-status"];
    if (code === undefined) return this.#withoutStatus();
    if (Number(code) !== status.OK) {
      const known = Number(code) <= status.UNAUTHENTICATED ? Number(code) : status.UNKNOWN;
      return new CallFailed(known, decodeMessageText(trailers["grpc-message"] ?? ""), { trailers });
    }
    const response = this.#message.take();
    return response ? { response, trailers } : new CallFailed(status.INTERNAL, "the response is cut off");
  }

  #withoutStatus(): CallFailed {
    const http = Number(this.#headers?.[":status"]);
    const code = http === 200 ? status.UNKNOWN : statusOfHttp(http);
    return new CallFailed(code, `HTTP status ${http} without a gRPC status`, { spokeGrpc: this.#isGrpc });
  }
}

function toCallFailed(failure: StreamFailure): CallFailed {
  switch (failure.kind) {
    case "reset": {
      const code = statusOfReset(failure.code);
      return new CallFailed(code, "the server cancelled the call", {
        unprocessed: failure.code === ErrorCode.REFUSED_STREAM,
      });
    }
    case "refused":
      return new CallFailed(status.UNAVAILABLE, "the server is going away", { unprocessed: true });
    case "lost":
      return new CallFailed(status.UNAVAILABLE, `connection lost: ${failure.reason}`);
  }
}

/** Decodes the percent-encoded status message. Returns malformed text unchanged. */
function decodeMessageText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
