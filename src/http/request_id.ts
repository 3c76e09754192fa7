import { randomBytes } from "../lib/crypto.ts";

/** Crockford's base32: without letters that people confuse when they read an id aloud. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** 60 bits: short enough to read aloud, and long enough to be unique. */
const CHARACTERS = 12;

/** The `traceparent` of W3C Trace Context. Its second part is the id of the trace, which must not be all zeros. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-|$)/;

/**
 * Returns the id of a request: the trace id of its `traceparent` (W3C Trace Context), or else a new id such as
 * `req_4k2m9x8w7p3d`.
 */
export function requestIdOf(headers: Headers): string {
  const trace = TRACEPARENT.exec(headers.get("traceparent") ?? "")?.[1];
  if (trace !== undefined) return trace;
  const characters = [...randomBytes(CHARACTERS)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length));
  return `req_${characters.join("")}`;
}
