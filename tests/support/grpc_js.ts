import { Process } from "../bench/process.ts";

/** `@grpc/grpc-js` on Node, in a process of its own: Deno's `node:http2` is not to be trusted with its client. */

/** Names and texts; those of binary headers (`-bin`) are in base64. */
export type Pairs = [name: string, text: string][];
type Texts = Record<string, string>;

/** How a call ended; `message` in base64, when there was an answer. */
export type Ended = { status: number; details: string; trailers: Texts; message?: string };

type ClientCommands = {
  call(
    input: { id: string; path: string; message: string; headers: Pairs; timeoutMs?: number },
  ): Promise<Ended>;
  cancel(id: string): null;
  /** Says goodbye, and ends the connection with the last call. */
  close(): null;
};

/** A call as the server got it; `message` in base64. */
export type Arrived = {
  id: number;
  headers: Texts;
  message: string;
  timeoutMs: number | null;
  peer: string;
};

type Reply = { id: number; trailers: Pairs } & ({ message: string } | Refusal);
/** `headFirst` when headers go before the status, and do not come with it. */
type Refusal = { status: number; details: string; headFirst: boolean };

type ServerCommands = {
  /** Listens on a free port of 127.0.0.1, and returns it. */
  listen(): number;
  /** The next call that arrives, of those to /test.Interop/Call. */
  next(): Arrived;
  reply(input: Reply): null;
  /** Answered once the client has given the call up. */
  cancelled(id: number): null;
  /** A goodbye without an error to every client, and after `graceMs` one with CANCEL, which ends the connection. */
  drain(graceMs: number): null;
};

export type GrpcJsClient = Process<ClientCommands>;
export type GrpcJsServer = Process<ServerCommands>;

export function startGrpcJsClient(address: string): GrpcJsClient {
  return onNode("client.mjs", address);
}

export function startGrpcJsServer(): GrpcJsServer {
  return onNode("server.mjs");
}

function onNode<C extends ClientCommands | ServerCommands>(script: string, ...args: string[]): Process<C> {
  const path = new URL(`grpc_js/${script}`, import.meta.url).pathname;
  try {
    return new Process<C>({ name: `grpc-js ${script}`, command: "node", args: [path, ...args] });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error("Interop tests run @grpc/grpc-js on Node: install Node 20 so that `node` is on the PATH");
  }
}
