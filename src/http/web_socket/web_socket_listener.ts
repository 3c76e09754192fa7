import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Upgrade } from "./upgrades.ts";

export type ListenAddress = { hostname: string; port: number };

/** A port that WebSockets are opened on. Disposed, it takes no more connections and ends those it has. */
export type WebSocketListener = AsyncDisposable & {
  hostname: string;
  port: number;
  /** Takes no more connections. Resolves when the requests under way are answered. */
  finish(): Promise<void>;
};

/** A head that is still on its way by then is not waited for: RFC 9110 §15.5.9. */
const HEAD_MS = 10_000;

/** Longer than a proxy keeps its connections to us, so that it never sends on one that is just being closed. */
const KEEP_ALIVE_MS = 75_000;

/** How often connections are checked for heads that do not come, one timer for all: in this part of the time. */
const CHECKS = 5;

/**
 * Listens for WebSockets, and gives other requests to `answer`. `Deno.serve` cannot: its WebSockets assemble messages
 * of any size before we see them, and it gives no raw connection to another library.
 *
 * @throws the system's error, with its `code`, when the address cannot be listened on.
 */
export async function listenForWebSockets(
  address: ListenAddress,
  upgrade: Upgrade,
  answer: RequestListener = answerNothing,
  headMs = HEAD_MS,
): Promise<WebSocketListener> {
  // Not a literal in the call: the types lack `shouldUpgradeCallback`.
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
  server.listen({ host: address.hostname, port: address.port }, listening.resolve);
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

/** RFC 9110 §7.8: an offer of another protocol is ignored, and the request answered as it is. */
function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}

const answerNothing: RequestListener = (_request, response) => {
  response.writeHead(426, { upgrade: "websocket", connection: "close", "content-type": "text/plain" });
  response.end("This port is for WebSockets\n");
};
