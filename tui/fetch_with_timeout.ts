type Fetch = (request: Request) => Promise<Response>;

/** The server gives itself less than this for anything. */
const PATIENCE_MS = 30_000;

/**
 * `fetch` that gives up when no answer has begun after half a minute: a connection that is dead would be waited for
 * without end.
 */
export function fetchWithTimeout(fetch: Fetch): Fetch {
  return async (request) => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error("No answer within half a minute")), PATIENCE_MS);
    try {
      return await fetch(new Request(request, { signal: AbortSignal.any([request.signal, late.signal]) }));
    } finally {
      clearTimeout(timer);
    }
  };
}
