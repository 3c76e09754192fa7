import type { Fetch } from "../../src/http/router.ts";

/** How long an instance that refused a connection is left out: nginx's `fail_timeout`. */
const OUT_MS = 10_000;

/** No server takes so long to begin its answer. */
const PATIENCE_MS = 15_000;

type Instance = { url: string; outUntil: number };

/** A door to several instances. */
export type Balancer = Disposable & {
  fetch: Fetch;
  /** From now on the requests go to these. */
  use(urls: readonly string[]): void;
};

/**
 * Sends requests to the instances in turns, as a proxy with passive health checks does: one that refuses a connection
 * is left out for ten seconds and the next one is asked, for nothing was sent yet. A connection that breaks later fails
 * the request, which may have been carried out. Each has a connection of its own: `fetch` sends a request again whose
 * reused connection breaks, and would hide that it did.
 */
export function createBalancer(urls: readonly string[]): Balancer {
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  let instances: Instance[] = [];
  let turn = 0;
  const use = (urls: readonly string[]) => {
    instances = urls.map((url) => ({ url, outUntil: 0 }));
  };
  /** Whose turn it is first; those that are left out are asked when all others refuse. */
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
