import { requestIdOf } from "../request_id.ts";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { getLogger } from "@logtape/logtape";
import { carriesSessionCookie, cookieRefusal, isAllowedOrigin } from "../cross_site.ts";
import { isLoopbackHost } from "../../platform/network/address_ranges.ts";
import { readAuthorization } from "../authorization.ts";
import { peerOf, webRequest } from "../node_requests.ts";
import { notePageRefusal } from "../page_refusals.ts";
import { malformedAuthorization, refused } from "../refused.ts";
import { factsOf } from "../request_facts.ts";
import type { RouterOptions } from "../router.ts";
import type { RawConnection, WebSocketTransport } from "./websocket.ts";

const log = getLogger(["sallyport", "server"]);

/** Upgrades a connection to a WebSocket, or responds with the reason why not. */
export type Upgrade = (connection: RawConnection) => Promise<void>;

export type UpgradeOptions =
  & Pick<RouterOptions, "origins" | "isTrustedProxy" | "publicUrl" | "devices" | "refusals">
  & { websocket: WebSocketTransport };

export function createUpgrade(options: UpgradeOptions): Upgrade {
  return async (connection) => {
    const { socket } = connection;
    // Without a listener an error would end the process. The socket closes by itself.
    socket.on("error", () => {});
    try {
      const response = await answer(connection, options);
      if (response) await refuse(socket, response);
    } catch (error) {
      log.error("An upgrade failed: {error}", { error });
      socket.destroy();
    }
  };
}

async function answer(connection: RawConnection, options: UpgradeOptions): Promise<Response | undefined> {
  const { origins, websocket } = options;
  const request = requestOf(connection, options);
  if (!request) return new Response("Bad request\n", { status: 400 });
  if (new URL(request.url).pathname !== "/graphql") return new Response("Not found\n", { status: 404 });
  const facts = factsOf(request, peerOf(connection.request), requestIdOf(request.headers), options, []);
  const origin = request.headers.get("origin");
  const refusal = carriesSessionCookie(request) ? cookieRefusal(request, origins) : undefined;
  if (refusal) {
    notePageRefusal(options, "/graphql", origin, facts, "cookie_refused");
    return refused(403, refusal, "FORBIDDEN");
  }
  if (origin !== null && !isAllowedOrigin(origin, request, origins)) {
    notePageRefusal(options, "/graphql", origin, facts, "origin_not_allowed");
    return refused(403, "This origin may not open a WebSocket here", "FORBIDDEN");
  }
  if (readAuthorization(facts.authorization).kind === "malformed") return malformedAuthorization();
  return await websocket.upgrade(facts, connection);
}

/**
 * Converts the request. With a separate WebSocket port, a page on this machine uses another port than its own,
 * so the URL gets the public port for the comparison with the page's origin.
 */
function requestOf({ request }: RawConnection, { publicUrl }: UpgradeOptions): Request | undefined {
  const asked = webRequest(request);
  const url = URL.parse(asked?.url ?? "");
  if (!asked || !url || !isLoopbackHost(url.hostname)) return asked;
  url.port = new URL(publicUrl()).port;
  return new Request(url, { headers: asked.headers });
}

async function refuse(socket: Duplex, response: Response): Promise<void> {
  const body = await response.text();
  const head = [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status]}`,
    `content-type: ${response.headers.get("content-type")}`,
    `content-length: ${new TextEncoder().encode(body).length}`,
    "connection: close",
  ];
  socket.once("finish", () => socket.destroy());
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
