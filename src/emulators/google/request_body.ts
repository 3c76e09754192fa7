import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/** Larger than any valid request to the emulator. */
const MAX_BODY_BYTES = 64 * 1024;

/** Reads the body of a request. Throws `RangeError` if it is too large. */
export async function readForm(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new RangeError("The request body is too large");
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Replaces the body of a request that was read already, so that the next reader gets the new one. */
export function replaceBody(request: IncomingMessage, body: string): void {
  request.headers["content-length"] = String(Buffer.byteLength(body));
  delete request.headers["transfer-encoding"];
  const next = Readable.from([Buffer.from(body)]);
  Object.defineProperty(request, "readable", { value: true });
  request.iterator = (options) => next.iterator(options);
}
