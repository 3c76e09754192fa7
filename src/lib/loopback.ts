/** A server for this computer's own browser. */
export type Loopback = AsyncDisposable & {
  readonly port: number;
  /** Afterwards nothing listens and no connection is open: those that are, idle or not, are cut. */
  close(): Promise<void>;
};

/** `localhost` and what it resolves to, whatever the port: a forwarded port may have another number. */
const OUR_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/**
 * Listens on a free port of 127.0.0.1 and nowhere else, until closed. A name in `Host` that is not this computer's is
 * answered 403, against DNS rebinding. Throws `Deno.errors.*` when it cannot listen.
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
