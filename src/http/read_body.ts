import { MOST_BODY_BYTES } from "./graphql/hardening.ts";

/** A body that is still on its way by then is not waited for. */
const BODY_MS = 10_000;

/** How often it is looked for bodies that do not come: one timer for all of them. */
const SWEEP_MS = 1_000;

/** Reads the bodies of requests. */
export type BodyReader = {
  /**
   * The request with its body read, unless that is longer than allowed, told or not, or does not come, or the caller
   * went away.
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
      const told = request.headers.get("content-length");
      if (Number(told ?? 0) > MOST_BODY_BYTES) return "too big";
      const late = Promise.withResolvers<"too slow">();
      const one = { since: performance.now(), giveUp: () => late.resolve("too slow") };
      waiting.add(one);
      try {
        // Whoever told a length is held to it by HTTP itself.
        const text = await Promise.race([
          told === null ? readCounting(request.body) : request.text(),
          late.promise,
        ]);
        return text === "too big" || text === "too slow"
          ? text
          : new ReadRequest(request, text) as unknown as Request;
      } catch {
        // Nothing but the connection can fail here, and that is no fault of ours.
        return "broken off";
      } finally {
        waiting.delete(one);
      }
    },
    close: () => clearInterval(timer),
  };
}

/** Reads a body of unknown length no further than is allowed. */
async function readCounting(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string | "too big"> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MOST_BODY_BYTES) return "too big";
    chunks.push(chunk);
  }
  return await new Blob(chunks).text();
}

/**
 * A request whose body has been read: all that the GraphQL server asks of one. A real one would have to be made with
 * the body once more, at a tenth of what a small operation costs.
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

  /** Only that there is one. */
  get body() {
    return this.#text;
  }

  text(): Promise<string> {
    return Promise.resolve(this.#text);
  }

  // deno-lint-ignore require-await -- what cannot be parsed rejects, as a request's does
  async json(): Promise<unknown> {
    return JSON.parse(this.#text);
  }
}
