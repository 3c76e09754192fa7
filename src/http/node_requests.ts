import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import type { ReadableStream as WebStream } from "node:stream/web";
import { pipeline } from "node:stream/promises";
import { getLogger } from "@logtape/logtape";
import type { Peer } from "./request_facts.ts";
import type { Fetch } from "./router.ts";

const log = getLogger(["sallyport", "server"]);

/** Maximum concurrent requests of one connection. A client that pipelines more is disconnected. */
const MOST_PIPELINED = 16;

/** A host with an optional port. Excludes characters of a path, query or user of a URL. */
const HOST = /^[^/?#@\\]+$/;

/** Converts a Node request to a web `Request`. Returns undefined if it is malformed. */
export function webRequest(incoming: IncomingMessage, signal?: AbortSignal): Request | undefined {
  const { host = "" } = incoming.headers;
  const url = HOST.test(host) ? URL.parse(`http://${host}${pathOf(incoming.url ?? "")}`) : null;
  if (!url) return undefined;
  const { method = "GET" } = incoming;
  const body = signal && method !== "GET" && method !== "HEAD" ? ReadableStream.from(incoming) : null;
  try {
    return new Request(url, { method, headers: headersOf(incoming), body, ...(signal && { signal }) });
  } catch {
    return undefined;
  }
}

/** RFC 9112 §3.2.2: a proxy may send an absolute URL. Only its path and query matter here. */
function pathOf(target: string): string {
  if (target.startsWith("/")) return target;
  const { pathname = "", search = "" } = URL.parse(target) ?? {};
  return pathname + search;
}

/** The address that the connection comes from. */
export function peerOf({ socket }: IncomingMessage): Peer {
  const { remoteAddress: hostname } = socket;
  return hostname === undefined ? {} : { remoteAddr: { transport: "tcp", hostname, port: 0 } };
}

/** Handles `node:http` requests with `fetch`. The request's `signal` aborts when the client disconnects. */
export function requestListener(fetch: Fetch): RequestListener {
  const underWay = new WeakMap<Socket, number>();
  return (incoming, outgoing) => {
    const { socket } = incoming;
    const count = (underWay.get(socket) ?? 0) + 1;
    if (count > MOST_PIPELINED) return void socket.destroy();
    underWay.set(socket, count);
    outgoing.once("close", () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1));
    void answer(fetch, incoming, outgoing).catch((error) => fail(outgoing, error));
  };
}

function fail(outgoing: ServerResponse, error: unknown): void {
  // The client disconnected during the response.
  if (outgoing.destroyed) return;
  log.error("A request failed: {error}", { error });
  if (outgoing.headersSent) outgoing.destroy();
  else outgoing.writeHead(500, { "content-type": "text/plain" }).end("Something went wrong on the server\n");
}

async function answer(fetch: Fetch, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const left = new AbortController();
  outgoing.once("close", () => left.abort());
  const request = webRequest(incoming, left.signal);
  const response = request
    ? await fetch(request, peerOf(incoming))
    : new Response("Bad request\n", { status: 400 });
  outgoing.writeHead(response.status, rawHeaders(response.headers));
  if (!response.body || incoming.method === "HEAD") {
    await response.body?.cancel();
    outgoing.end();
    return;
  }
  // Node's stream is cancelled at once when the client disconnects. The cast is safe: both types name the same
  // object.
  await pipeline(Readable.fromWeb(response.body as WebStream), outgoing);
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? "", rawHeaders[index + 1] ?? "");
  }
  return headers;
}

function rawHeaders(headers: Headers): string[] {
  return [...headers].flat();
}
