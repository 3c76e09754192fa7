import { listenOnLoopback, type Loopback } from "../../../lib/loopback.ts";

/**
 * A loopback listener that Modal's page asks for the flow that was started on this machine. Its port is the
 * `localhost_port` of the flow.
 */
export type FlowLoopback = Loopback & {
  /** Sets the id to serve. It is not known earlier, because the call that returns it needs the port. */
  announce(tokenFlowId: string): void;
};

/** The page on modal.com is another origin and must be able to read the response. */
const READABLE = { "access-control-allow-origin": "*" };

/**
 * Listens on a free port of 127.0.0.1 until closed. If the page finds the id of its flow at
 * `http://localhost:<port>/`, the browser and the command run on one machine, and the page skips the second click.
 * The id is not secret: getting the token also requires the wait secret, which is never served here.
 *
 * `GET /` and `HEAD /` return the id as plain text, or 503 until `announce` is called. Other paths return 404, other
 * methods 405, and a `Host` that is not this machine 403.
 *
 * @throws Deno.errors.* if it cannot listen. Sign-in works without it, with `localhost_port` 0.
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
 * Browsers with Private Network Access send a preflight before a public page may call this machine, even for a plain
 * GET. Without this response the page would require the second click.
 */
function preflight(): Response {
  const headers = {
    ...READABLE,
    "access-control-allow-methods": "GET, HEAD",
    "access-control-allow-private-network": "true",
  };
  return new Response(null, { status: 204, headers });
}
