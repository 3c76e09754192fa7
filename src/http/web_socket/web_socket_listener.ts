import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Upgrade } from "./upgrades.ts";

export type ListenAddress = {
  hostname: string;
  port: number;
  /** Lets other listeners of this user have the same port. The system distributes connections among them. */
  reusePort?: boolean;
};

/** A listening port for WebSockets. Disposing it closes the port and all connections. */
export type WebSocketListener = AsyncDisposable & {
  hostname: string;
  port: number;
  /** Stops accepting connections. Resolves when the running requests are answered. */
  finish(): Promise<void>;
};

/** Time limit for a request's headers: RFC 9110 §15.5.9. */
const HEAD_MS = 10_000;

/** Longer than proxies keep connections open, so that a proxy never uses one that we are closing. */
const KEEP_ALIVE_MS = 75_000;

/** Checks per `headMs` for late headers; one timer checks all connections. */
const CHECKS = 5;

/**
 * Listens for WebSockets and passes other requests to `answer`. `Deno.serve` cannot do this: its WebSockets
 * assemble messages of any size before we see them, and it does not expose the raw connection.
 *
 * @throws the system's error, with its `code`, if it cannot listen on the address
 */
export async function listenForWebSockets(
  address: ListenAddress,
  upgrade: Upgrade,
  answer: RequestListener = answerNothing,
  headMs = HEAD_MS,
): Promise<WebSocketListener> {
  // A variable, because the types lack `shouldUpgradeCallback`.
  const options = {
    headersTimeout: headMs,
    requestTimeout: 2 * headMs,
    connectionsCheckingInterval: headMs / CHECKS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    shouldUpgradeCallback: asksForWebSocket,
  };
  const server = createServer(options, answer);
  server.on("upgrade", (request, socket, head) => void upgrade({ request, socket, head }));
  const listening = Promise.withResolvers<void>();
  server.once("error", listening.reject);
  const { hostname: host, port: wanted, reusePort = false } = address;
  server.listen({ host, port: wanted, reusePort }, listening.resolve);
  await listening.promise;
  const { address: hostname, port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const finish = () => {
    closed ??= new Promise((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    return closed;
  };
  return {
    hostname,
    port,
    finish,
    [Symbol.asyncDispose]: async () => {
      const finished = finish();
      server.closeAllConnections();
      await finished;
    },
  };
}

/** RFC 9110 §7.8: other protocols are ignored, and the request is answered normally. */
function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}

const answerNothing: RequestListener = (_request, response) => {
  response.writeHead(426, { upgrade: "websocket", connection: "close", "content-type": "text/plain" });
  response.end("This port only accepts WebSockets\n");
};
