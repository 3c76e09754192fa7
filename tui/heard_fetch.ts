type Fetch = (request: Request) => Promise<Response>;

/** A stream says something every few seconds, if only that it is still there; after this it is taken for dead. */
const SILENCE_MS = 30_000;

/**
 * `fetch` that knows what it hears: `onStream` is called when a stream has been opened, before its first value comes.
 * A stream ends when its request is aborted, whatever `fetch` does about that. What has not been answered after half a
 * minute, and a stream of which nothing is heard for as long, breaks off: on a connection that is dead without having been
 * closed, one would wait for ever.
 */
export function heardFetch(fetch: Fetch, onStream = () => {}): Fetch {
  return async (request) => {
    const response = await answerOf(fetch, request);
    if (!response.body || !response.headers.get("content-type")?.startsWith("text/event-stream")) {
      return response;
    }
    onStream();
    const { status, headers } = response;
    return new Response(untilSilent(response.body, request.signal), { status, headers });
  };
}

async function answerOf(fetch: Fetch, request: Request): Promise<Response> {
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(new Error("No answer within half a minute")), SILENCE_MS);
  try {
    return await fetch(new Request(request, { signal: AbortSignal.any([request.signal, silent.signal]) }));
  } finally {
    clearTimeout(timer);
  }
}

function untilSilent(body: ReadableStream<Uint8Array>, aborted: AbortSignal): ReadableStream<Uint8Array> {
  const silent = new AbortController();
  const isSilent = () => silent.abort(new Error("Nothing was heard for half a minute"));
  let timer = setTimeout(isSilent, SILENCE_MS);
  const stop = () => clearTimeout(timer);
  aborted.addEventListener("abort", stop, { once: true });
  const heard = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      stop();
      timer = setTimeout(isSilent, SILENCE_MS);
      controller.enqueue(chunk);
    },
    flush: stop,
    cancel: stop,
  });
  body.pipeTo(heard.writable, { signal: AbortSignal.any([aborted, silent.signal]) }).catch(stop);
  return heard.readable;
}
