import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

const MOST_BYTES = 64 * 1024;

/** A request's body. Throws on one that is larger than any of these requests is. */
export async function readForm(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new RangeError("Too much was sent");
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Puts a body in place of the one that was read, for whoever reads it next. */
export function replaceBody(request: IncomingMessage, body: string): void {
  request.headers["content-length"] = String(Buffer.byteLength(body));
  delete request.headers["transfer-encoding"];
  const next = Readable.from([Buffer.from(body)]);
  Object.defineProperty(request, "readable", { value: true });
  request.iterator = (options) => next.iterator(options);
}
