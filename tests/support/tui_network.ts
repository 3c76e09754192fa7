import type { TestApp } from "./app.ts";
import { answered } from "./tui.ts";

/** A network between the terminal and the server that can go down, or hold requests back. */
export type Network = {
  fetch: (request: Request) => Promise<Response>;
  /** Breaks every open stream, and fails requests until `up`. */
  down(): void;
  /** Holds requests back until `up`. */
  hang(): void;
  up(): void;
};

export function breakableNetwork(app: Pick<TestApp, "fetch">): Network {
  let isDown = false;
  let hangs: PromiseWithResolvers<void> | undefined;
  let open = new AbortController();
  return {
    async fetch(request) {
      await hangs?.promise;
      if (isDown) throw new TypeError("connection refused");
      const { signal } = open;
      const response = await answered(app, request);
      const { body, status, headers } = response;
      if (!body || !headers.get("content-type")?.startsWith("text/event-stream")) return response;
      const through = new TransformStream<Uint8Array, Uint8Array>();
      body.pipeTo(through.writable, { signal: AbortSignal.any([signal, request.signal]) }).catch(() => {});
      return new Response(through.readable, { status, headers });
    },
    down() {
      isDown = true;
      open.abort(new TypeError("connection reset"));
      open = new AbortController();
    },
    hang: () => void (hangs = Promise.withResolvers()),
    up() {
      isDown = false;
      hangs?.resolve();
      hangs = undefined;
    },
  };
}
