import { requestListener } from "../node_requests.ts";
import type { Fetch } from "../router.ts";
import { createUpgrade, type UpgradeOptions } from "./upgrades.ts";
import type { WebSocketLimits } from "./web_socket_limits.ts";
import { type ListenAddress, listenForWebSockets, type WebSocketListener } from "./web_socket_listener.ts";
import { createWebSocketTransport, type WebSocketOptions } from "./websocket.ts";

export type WebSockets = {
  /**
   * Serves WebSockets at an address until disposed. Other requests go to `fetch`, if given. Throws the system's
   * error if it cannot listen.
   */
  listen(address: ListenAddress, headMs?: number, fetch?: Fetch): Promise<WebSocketListener>;
  /** Closes every connection properly, so that clients can reconnect to another instance. */
  close(): Promise<void>;
};

/** Other limits, for tests that cannot wait or send a megabyte. */
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
