import { sha256, toBase64Url } from "../../src/lib/crypto.ts";

/** The offsets of a refresh token's parts: session id, generation, MAC, checksum. */
const [GENERATION, MAC, CHECKSUM] = [16, 20, 52];

/** The 56 bytes of a refresh token. */
export function bytesOf(token: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(token.slice("spr_".length), { alphabet: "base64url" });
}

/** The secret part of a refresh token. */
export function macOf(token: string): Uint8Array<ArrayBuffer> {
  return bytesOf(token).slice(MAC, CHECKSUM);
}

/** Forges a token as an attacker who knows the format: changed, with a valid checksum. */
export function forged(token: string, change: (bytes: Uint8Array) => void): string {
  const bytes = bytesOf(token);
  change(bytes);
  bytes.set(sha256(bytes.subarray(0, CHECKSUM)).subarray(0, bytes.length - CHECKSUM), CHECKSUM);
  return `spr_${toBase64Url(bytes)}`;
}

/** Flips the first or the last bit of the MAC. */
export function tampered(token: string, which: "first" | "last" = "first"): string {
  return forged(token, (bytes) => bytes[which === "first" ? MAC : CHECKSUM - 1]! ^= 1);
}

/** Replaces the MAC with that of another token. */
export function withMacOf(token: string, other: string): string {
  return forged(token, (bytes) => bytes.set(macOf(other), MAC));
}

/** Changes the generation. */
export function renumbered(token: string, generation: number): string {
  return forged(token, (bytes) => new DataView(bytes.buffer).setUint32(GENERATION, generation));
}
