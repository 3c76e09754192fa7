import { requestListener } from "../node_requests.ts";
import type { Fetch } from "../router.ts";
import { createUpgrade, type UpgradeOptions } from "./upgrades.ts";
import type { WebSocketLimits } from "./web_socket_limits.ts";
import { type ListenAddress, listenForWebSockets, type WebSocketListener } from "./web_socket_listener.ts";
import { createWebSocketTransport, type WebSocketOptions } from "./websocket.ts";

export type WebSockets = {
  /**
   * Serves WebSockets at an address, until disposed, and answers other requests by `fetch` where it is given. Throws
   * the system's error when it cannot listen there.
   */
  listen(address: ListenAddress, headMs?: number, fetch?: Fetch): Promise<WebSocketListener>;
  /** Ends every connection in order: the clients may connect again elsewhere. */
  close(): Promise<void>;
};

/** What the app is given for WebSockets: other limits, where a test cannot wait or fill a megabyte. */
export type WebSocketOverrides = { webSocketLimits?: Partial<WebSocketLimits> };

export function createWebSockets(options: WebSocketOptions & Omit<UpgradeOptions, "websocket">): WebSockets {
  const websocket = createWebSocketTransport(options);
  const upgrade = createUpgrade({ ...options, websocket });
  return {
    listen: (address, headMs, fetch) =>
      listenForWebSockets(address, upgrade, fetch && requestListener(fetch), headMs),
    close: websocket.close,
  };
}
