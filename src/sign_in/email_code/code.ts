import { equalBytes } from "../../lib/crypto.ts";
import type { Keyring } from "../../platform/keys/root_key.ts";

/** ASVS 6.5.4 asks for at least 20 bits. Six digits are about 20 bits, and easy to remember while typing. */
const DIGITS = 6;
const CODES = 10 ** DIGITS;

/** The largest multiple of `CODES` below 2³². Larger numbers are rejected, so all codes are equally likely. */
const UNBIASED_LIMIT = Math.floor(2 ** 32 / CODES) * CODES;

/** Generates a uniformly random six-digit code. */
export function newCode(random: (bytes: number) => Uint8Array): string {
  while (true) {
    const number = new DataView(new Uint8Array(random(4)).buffer).getUint32(0);
    if (number < UNBIASED_LIMIT) return String(number % CODES).padStart(DIGITS, "0");
  }
}

/**
 * Normalizes a typed code: accepts full-width digits, spaces and hyphens. Returns undefined if it is not six
 * digits.
 */
export function normalizeCode(typed: string): string | undefined {
  const code = typed.length > 64 ? "" : typed.normalize("NFKC").replace(/[\s-]/g, "");
  return /^[0-9]{6}$/.test(code) ? code : undefined;
}

/** The MAC to store for a code. Without the server's key, a leaked database does not reveal the code. */
export function macOfCode(key: Pick<Keyring["current"], "mac">, flowId: string, code: string): Uint8Array {
  return key.mac("email code", new TextEncoder().encode(`${flowId} ${code}`));
}

/**
 * Compares the code with the stored MAC in constant time. Accepts MACs under the current and the previous
 * root secret.
 */
export function isCode(keys: Keyring, flowId: string, code: string, mac: Uint8Array): boolean {
  return keys.all.map((key) => equalBytes(macOfCode(key, flowId, code), mac)).includes(true);
}

/** Provides the lifetime of an e-mailed code. */
export type HasCodeLifetime = { emailCodeSeconds: number };
