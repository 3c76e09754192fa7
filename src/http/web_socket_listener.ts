import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Upgrade } from "./upgrades.ts";

export type ListenAddress = { hostname: string; port: number };

/** The port that WebSockets are opened on. */
export type WebSocketListener = AsyncDisposable & { port: number };

/** A head that is still on its way by then is not waited for: RFC 9110 §15.5.9. */
const HEAD_MS = 10_000;

/** How often connections are checked for heads that do not come, one timer for all: in this part of the time. */
const CHECKS = 5;

/**
 * Listens for WebSockets, and for nothing else. `Deno.serve` cannot: its WebSockets assemble messages of any size
 * before we see them, and it gives no raw connection to another library.
 *
 * @throws the system's error, with its `code`, when the address cannot be listened on.
 */
export async function listenForWebSockets(
  address: ListenAddress,
  upgrade: Upgrade,
  headMs = HEAD_MS,
): Promise<WebSocketListener> {
  const server = createServer({
    headersTimeout: headMs,
    requestTimeout: headMs,
    connectionsCheckingInterval: headMs / CHECKS,
    keepAlive: false,
  }, (_request, response) => {
    response.writeHead(426, { upgrade: "websocket", connection: "close", "content-type": "text/plain" });
    response.end("This port is for WebSockets\n");
  });
  server.on("upgrade", (request, socket, head) => void upgrade({ request, socket, head }));
  const listening = Promise.withResolvers<void>();
  server.once("error", listening.reject);
  server.listen({ host: address.hostname, port: address.port }, listening.resolve);
  await listening.promise;
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}
