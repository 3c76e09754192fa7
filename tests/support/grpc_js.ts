import { Process } from "../bench/process.ts";

/** `@grpc/grpc-js` in a Node process, because its client does not work reliably on Deno's `node:http2`. */

/** Headers by name; values of binary headers (`-bin`) are in base64. */
export type Pairs = [name: string, text: string][];
type Texts = Record<string, string>;

/** The result of a call. `message`, if there was an answer, is in base64. */
export type Ended = { status: number; details: string; trailers: Texts; message?: string };

type ClientCommands = {
  call(
    input: { id: string; path: string; message: string; headers: Pairs; timeoutMs?: number },
  ): Promise<Ended>;
  cancel(id: string): null;
  /** Sends GOAWAY, and closes the connection after the last call. */
  close(): null;
};

/** A call as received by the server. `message` is in base64. */
export type Arrived = {
  id: number;
  headers: Texts;
  message: string;
  timeoutMs: number | null;
  peer: string;
};

type Reply = { id: number; trailers: Pairs } & ({ message: string } | Refusal);
/** With `headFirst`, headers are sent before the status and not together with it. */
type Refusal = { status: number; details: string; headFirst: boolean };

type ServerCommands = {
  /** Listens on a free port of 127.0.0.1, and returns it. */
  listen(): number;
  /** Waits for the next call to /test.Interop/Call. */
  next(): Arrived;
  reply(input: Reply): null;
  /** Fulfilled when the client has cancelled the call. */
  cancelled(id: number): null;
  /** Sends every client GOAWAY without an error and, after `graceMs`, GOAWAY with CANCEL, which ends the connection. */
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
