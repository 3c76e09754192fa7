type Fetch = (request: Request) => Promise<Response>;

/** Longer than any time limit of the server's own. */
const TIMEOUT_MS = 30_000;

/** `fetch` that fails when no answer has begun after 30 seconds. A dead connection would otherwise never end. */
export function fetchWithTimeout(fetch: Fetch): Fetch {
  return async (request) => {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(new Error("No answer within 30 seconds")), TIMEOUT_MS);
    try {
      return await fetch(new Request(request, { signal: AbortSignal.any([request.signal, timeout.signal]) }));
    } finally {
      clearTimeout(timer);
    }
  };
}
