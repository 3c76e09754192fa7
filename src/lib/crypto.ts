import { createHash, timingSafeEqual } from "node:crypto";

/** Returns random bytes from the system's cryptographic source. */
export function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(count));
}

export function sha256(data: string | Uint8Array): Uint8Array {
  return createHash("sha256").update(data).digest();
}

/** Compares in a time that depends only on the length. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

export function toBase64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Decodes canonical, unpadded base64url. Returns undefined for anything else. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet: "base64url", lastChunkHandling: "loose" });
    return toBase64Url(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Length of a token's checksum. It rejects random input before any query, except one in 2^32. */
const CHECKSUM_BYTES = 4;

/** Random bytes of a token: 256 bits, twice what RFC 6749 §10.10 requires. */
const TOKEN_BYTES = 32;

/**
 * Creates an opaque token: `<prefix>_` and the base64url of 32 random bytes and a checksum. Only the hash is
 * stored.
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

/** Returns the stored hash of a token, or undefined if the token is malformed, which needs no query. */
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

/** Provides cryptographically random bytes. */
export type HasRandom = { random: (bytes: number) => Uint8Array };
