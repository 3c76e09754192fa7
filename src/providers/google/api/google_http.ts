/** The response of a server. */
export type HttpAnswer = { status: number; headers: Headers; text: string };

/**
 * Sends a request and reads the whole response. `seconds` overrides the timeout.
 *
 * @throws NoAnswer.
 */
export type SendHttp = (
  request: { url: string; method: string; headers?: HeadersInit; body?: BodyInit | null },
  seconds?: number,
) => Promise<HttpAnswer>;

/**
 * No usable response: the connection failed or broke, the call timed out, or the response was too long or a redirect.
 */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/** Limit of a response. Google's keys and tokens have a few kilobytes. */
const MAX_RESPONSE_BYTES = 256 * 1024;

/** Sends HTTP requests to Google. */
export type Http = Disposable & { send: SendHttp };

/**
 * Creates a client that uses `fetch`, follows no redirects, and times out after `seconds`. Disposing it aborts calls
 * in progress. Each call opens its own connection, because `fetch` resends a request if a reused connection breaks,
 * and a code can be used only once.
 */
export function createHttp(seconds: number): Http {
  const closed = new AbortController();
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const send: SendHttp = async ({ url, method, headers, body }, timeoutSeconds = seconds) => {
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
    try {
      const response = await fetch(url, {
        method,
        ...(headers && { headers }),
        ...(body && { body }),
        redirect: "error",
        signal,
        client,
      });
      return { status: response.status, headers: response.headers, text: await read(response) };
    } catch {
      // The cause is dropped, because it can contain the request.
      throw new NoAnswer(signal.aborted ? "Google did not answer in time" : "Google cannot be reached");
    }
  };
  const close = () => {
    if (closed.signal.aborted) return;
    closed.abort();
    client.close();
  };
  return { send, [Symbol.dispose]: close };
}

async function read(response: Response): Promise<string> {
  let bytes = 0;
  const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      bytes += chunk.length;
      if (bytes > MAX_RESPONSE_BYTES) throw new RangeError("The response is too long");
      controller.enqueue(chunk);
    },
  });
  return response.body ? await new Response(response.body.pipeThrough(counted)).text() : "";
}
