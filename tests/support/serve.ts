import type { Fetch } from "../../src/http/router.ts";

/** Serves an app over real HTTP on this machine until disposal. Default: a free port. */
export function serve(app: { fetch: Fetch }, port = 0): AsyncDisposable & { url: string } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, onListen() {} },
    (request, info) => app.fetch(request, info),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
