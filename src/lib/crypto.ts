import { createHash, timingSafeEqual } from "node:crypto";

/** Fills a new array with bytes from the system's cryptographic source. Time and chance are arguments. */
export function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(count));
}

export function sha256(data: string | Uint8Array): Uint8Array {
  return createHash("sha256").update(data).digest();
}

/** Whether both are equal, in a time that depends on their length alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

export function toBase64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** The bytes of canonical, unpadded base64url, or undefined for anything else. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet: "base64url", lastChunkHandling: "loose" });
    return toBase64Url(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes of a token's checksum: enough that junk is refused before any query, in 2^32 tries out of 2^32 + 1. */
const CHECKSUM_BYTES = 4;

/** Bytes of chance in a token: 256 bits, twice what RFC 6749 §10.10 asks. */
const TOKEN_BYTES = 32;

/**
 * A new opaque token, `<prefix>_` and base64url of 32 random bytes with a checksum behind them, and what is stored
 * of it.
 */
export function newToken(
  prefix: string,
  random: (bytes: number) => Uint8Array,
): { token: string; hash: Uint8Array } {
  const secret = random(TOKEN_BYTES);
  const bytes = new Uint8Array(TOKEN_BYTES + CHECKSUM_BYTES);
  bytes.set(secret);
  bytes.set(checksum(prefix, secret), TOKEN_BYTES);
  const text = `${prefix}_${toBase64Url(bytes)}`;
  return { token: text, hash: sha256(text) };
}

/** What is stored of a token of this prefix, or undefined when it cannot be one of ours: then no query is needed. */
export function tokenHash(prefix: string, token: string): Uint8Array | undefined {
  if (!token.startsWith(`${prefix}_`) || token.length > 100) return undefined;
  const bytes = fromBase64Url(token.slice(prefix.length + 1));
  if (bytes?.length !== TOKEN_BYTES + CHECKSUM_BYTES) return undefined;
  const secret = bytes.subarray(0, TOKEN_BYTES);
  return equalBytes(bytes.subarray(TOKEN_BYTES), checksum(prefix, secret)) ? sha256(token) : undefined;
}

function checksum(prefix: string, secret: Uint8Array): Uint8Array {
  return createHash("sha256").update(prefix).update(secret).digest().subarray(0, CHECKSUM_BYTES);
}

/** Uses bytes from a cryptographic source. */
export type HasRandom = { random: (bytes: number) => Uint8Array };
