import { MOST_BODY_BYTES } from "./graphql/hardening.ts";

/** Time limit for receiving a body. */
const BODY_MS = 10_000;

/** Interval of the one timer that checks all waiting bodies. */
const SWEEP_MS = 1_000;

/** Reads request bodies. */
export type BodyReader = {
  /**
   * Reads the body and returns the request with it, or why that failed: the body is too long (declared or not),
   * too slow, or the client disconnected.
   */
  read(request: Request): Promise<Request | "too big" | "too slow" | "broken off">;
  close(): void;
};

type Waiting = { since: number; giveUp: () => void };

export function createBodyReader(): BodyReader {
  const waiting = new Set<Waiting>();
  const timer = setInterval(() => {
    const latest = performance.now() - BODY_MS;
    for (const { since, giveUp } of waiting) if (since < latest) giveUp();
  }, SWEEP_MS);
  return {
    read: async (request) => {
      if (!request.body) return request;
      const declared = request.headers.get("content-length");
      if (Number(declared ?? 0) > MOST_BODY_BYTES) return "too big";
      const late = Promise.withResolvers<"too slow">();
      const one = { since: performance.now(), giveUp: () => late.resolve("too slow") };
      waiting.add(one);
      try {
        // HTTP itself enforces a declared length.
        const text = await Promise.race([
          declared === null ? readCounting(request.body) : request.text(),
          late.promise,
        ]);
        return text === "too big" || text === "too slow"
          ? text
          : new ReadRequest(request, text) as unknown as Request;
      } catch {
        // Only the connection can fail here; that is not a server error.
        return "broken off";
      } finally {
        waiting.delete(one);
      }
    },
    close: () => clearInterval(timer),
  };
}

/**
 * Reads a body of unknown length up to the limit. Copies each chunk: a client can send single bytes, and each comes in
 * a buffer of up to 64 KiB.
 */
async function readCounting(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string | "too big"> {
  const bytes = new Uint8Array(MOST_BODY_BYTES);
  let length = 0;
  for await (const chunk of body) {
    if (length + chunk.length > bytes.length) return "too big";
    bytes.set(chunk, length);
    length += chunk.length;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

/**
 * A request with its body already read, reduced to what the GraphQL server uses. Building a real `Request`
 * again would cost a tenth of a small operation.
 */
class ReadRequest implements Pick<Request, "url" | "method" | "headers" | "signal" | "text" | "json"> {
  readonly #request: Request;
  readonly #text: string;

  constructor(request: Request, text: string) {
    this.#request = request;
    this.#text = text;
  }

  get url() {
    return this.#request.url;
  }

  get method() {
    return this.#request.method;
  }

  get headers() {
    return this.#request.headers;
  }

  get signal() {
    return this.#request.signal;
  }

  /** Yoga only checks that a body exists. */
  get body() {
    return this.#text;
  }

  text(): Promise<string> {
    return Promise.resolve(this.#text);
  }

  /** Rejects for text that is not JSON, as a request's `json` does. */
  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}
