import { sha256, toBase64Url } from "../../src/lib/crypto.ts";

/** Where the parts of a refresh token begin: the session's id, the generation, the MAC, the checksum. */
const [GENERATION, MAC, CHECKSUM] = [16, 20, 52];

/** The 56 bytes of a refresh token. */
export function bytesOf(token: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(token.slice("spr_".length), { alphabet: "base64url" });
}

/** The part of it that nobody can guess. */
export function macOf(token: string): Uint8Array<ArrayBuffer> {
  return bytesOf(token).slice(MAC, CHECKSUM);
}

/** `token` as somebody forges it who knows its form: changed, with a checksum that fits. */
export function forged(token: string, change: (bytes: Uint8Array) => void): string {
  const bytes = bytesOf(token);
  change(bytes);
  bytes.set(sha256(bytes.subarray(0, CHECKSUM)).subarray(0, bytes.length - CHECKSUM), CHECKSUM);
  return `spr_${toBase64Url(bytes)}`;
}

/** With one bit of its MAC turned, the first or the last. */
export function tampered(token: string, which: "first" | "last" = "first"): string {
  return forged(token, (bytes) => bytes[which === "first" ? MAC : CHECKSUM - 1]! ^= 1);
}

/** With the MAC of another token. */
export function withMacOf(token: string, other: string): string {
  return forged(token, (bytes) => bytes.set(macOf(other), MAC));
}

/** With another generation than it was made for. */
export function renumbered(token: string, generation: number): string {
  return forged(token, (bytes) => new DataView(bytes.buffer).setUint32(GENERATION, generation));
}
