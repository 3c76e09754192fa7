/** What a server answered. */
export type HttpAnswer = { status: number; headers: Headers; text: string };

/** Sends a request and reads the answer to its end. Throws `NoAnswer`. */
export type SendHttp = (
  request: { url: string; method: string; headers?: HeadersInit; body?: BodyInit | null },
  seconds?: number,
) => Promise<HttpAnswer>;

/** No answer came: no connection, one that broke, too late, too long, or one that leads elsewhere. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/** Google's keys and tokens are some kilobytes. */
const MOST_BYTES = 256 * 1024;

/** Google's servers, over HTTP. */
export type Http = Disposable & { send: SendHttp };

/**
 * Sends over `fetch`, without following redirects, for `seconds` at most. Disposing it ends what is under way. Each
 * call has its own connection: `fetch` sends a call again whose reused connection breaks, and a code is good once.
 */
export function createHttp(seconds: number): Http {
  const closed = new AbortController();
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const send: SendHttp = async ({ url, method, headers, body }, patience = seconds) => {
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(patience * 1000)]);
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
      // What failed is not said: a client's errors can hold the request.
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
      if (bytes > MOST_BYTES) throw new RangeError("Too much was answered");
      controller.enqueue(chunk);
    },
  });
  return response.body ? await new Response(response.body.pipeThrough(counted)).text() : "";
}
