import type { Fetch } from "../../src/http/router.ts";

/** How long an instance that refused a connection is skipped, like nginx's `fail_timeout`. */
const OUT_MS = 10_000;

/** The time limit for the start of an answer. */
const PATIENCE_MS = 15_000;

type Instance = { url: string; outUntil: number };

/** A load balancer in front of several instances. */
export type Balancer = Disposable & {
  fetch: Fetch;
  /** Replaces the instances. */
  use(urls: readonly string[]): void;
};

/**
 * Sends requests to the instances in turn, like a proxy with passive health checks. An instance that refuses a
 * connection is skipped for ten seconds, and the request goes to the next one. If a connection breaks later, the
 * request fails, because it may have been executed. Each request has its own connection, because `fetch` silently
 * repeats a request whose reused connection breaks.
 */
export function createBalancer(urls: readonly string[]): Balancer {
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  let instances: Instance[] = [];
  let turn = 0;
  const use = (urls: readonly string[]) => {
    instances = urls.map((url) => ({ url, outUntil: 0 }));
  };
  /** Returns the instances in turn; skipped ones come last. */
  const inOrder = (): Instance[] => {
    const first = turn++ % instances.length;
    const now = performance.now();
    return [...instances.slice(first), ...instances.slice(0, first)]
      .sort((a, b) => Number(a.outUntil > now) - Number(b.outUntil > now));
  };
  const balance: Fetch = async (request) => {
    const body = await request.arrayBuffer();
    let refusal: unknown;
    for (const instance of inOrder()) {
      try {
        return await send(new URL(new URL(request.url).pathname, instance.url), request, body, client);
      } catch (error) {
        if (!isRefused(error)) throw error;
        instance.outUntil = performance.now() + OUT_MS;
        refusal = error;
      }
    }
    throw refusal;
  };
  use(urls);
  return { fetch: balance, use, [Symbol.dispose]: () => client.close() };
}

async function send(
  url: URL,
  { method, headers, signal }: Request,
  body: ArrayBuffer,
  client: Deno.HttpClient,
) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new TypeError("No answer came in time")), PATIENCE_MS);
  try {
    return await fetch(url, {
      method,
      headers,
      body,
      client,
      signal: AbortSignal.any([signal, late.signal]),
    });
  } finally {
    clearTimeout(timer);
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof TypeError && error.cause instanceof Error &&
    error.cause.message.includes("client error (Connect)");
}
