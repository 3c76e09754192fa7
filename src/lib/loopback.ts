/** A server for browsers on this machine. */
export type Loopback = AsyncDisposable & {
  readonly port: number;
  /** Stops listening and closes all connections, idle or not. */
  close(): Promise<void>;
};

/** `localhost` and its addresses. Any port, because a forwarded port may differ. */
const OUR_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/**
 * Listens on a free port of 127.0.0.1 until closed. Requests with another `Host` get 403, against DNS
 * rebinding. Throws `Deno.errors.*` if it cannot listen.
 */
export function listenOnLoopback(answer: (request: Request) => Response): Loopback {
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: stop.signal, onListen: () => {} },
    (request) =>
      OUR_HOST.test(request.headers.get("host") ?? "")
        ? answer(request)
        : new Response(null, { status: 403 }),
  );
  const close = () => {
    stop.abort();
    return server.finished;
  };
  return { port: server.addr.port, close, [Symbol.asyncDispose]: close };
}
