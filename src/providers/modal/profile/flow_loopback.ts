import { listenOnLoopback, type Loopback } from "../../../lib/loopback.ts";

/** The listener that Modal's page asks which sign-in was begun on this computer; its port is for `localhost_port`. */
export type FlowLoopback = Loopback & {
  /** From now on the page is told this id. Needed, as the id comes from the call that is given the port. */
  announce(tokenFlowId: string): void;
};

/** The page is on another origin (modal.com) and reads the answer. */
const READABLE = { "access-control-allow-origin": "*" };

/**
 * Listens on a free port of 127.0.0.1 and nowhere else, until closed. When the page finds the id of its flow
 * at `http://localhost:<port>/` it knows that the browser and the command are on one computer and asks for no
 * second click. The id is no secret: the token takes the wait secret too, which never comes here.
 *
 * `GET /` and `HEAD /` answer with the id as plain text, or 503 before it is announced; any other path 404,
 * any other method 405, a name in `Host` that is not this computer's 403.
 * Throws `Deno.errors.*` when it cannot listen; sign-in works without, then with `localhost_port` 0.
 */
export function serveLoopback(): FlowLoopback {
  let flow: string | undefined;
  return {
    ...listenOnLoopback((request) => answer(request, flow)),
    announce: (tokenFlowId) => void (flow = tokenFlowId),
  };
}

function answer(request: Request, flow: string | undefined): Response {
  if (new URL(request.url).pathname !== "/") return new Response(null, { status: 404, headers: READABLE });
  switch (request.method) {
    case "GET":
    case "HEAD":
      if (flow === undefined) return new Response(null, { status: 503, headers: READABLE });
      return new Response(flow, { headers: { ...READABLE, "content-type": "text/plain; charset=utf-8" } });
    case "OPTIONS":
      return preflight();
    default:
      return new Response(null, { status: 405, headers: { ...READABLE, allow: "GET, HEAD, OPTIONS" } });
  }
}

/**
 * A browser with Private Network Access asks leave before a public page may reach into this computer, even for
 * a plain GET; without this answer the page would wait for a click that it could have spared.
 */
function preflight(): Response {
  const headers = {
    ...READABLE,
    "access-control-allow-methods": "GET, HEAD",
    "access-control-allow-private-network": "true",
  };
  return new Response(null, { status: 204, headers });
}
