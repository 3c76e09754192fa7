import { equalBytes } from "../../lib/crypto.ts";
import type { Keyring } from "../../platform/keys/root_key.ts";

/** ASVS 6.5.4: 20 bits at least; six digits are what people can keep in mind on the way from one window to another. */
const DIGITS = 6;
const CODES = 10 ** DIGITS;

/** The largest multiple of `CODES` in 32 bits: what lies above would make some codes likelier than others. */
const FAIR = Math.floor(2 ** 32 / CODES) * CODES;

/** A code in which each of the million is as likely as any other. */
export function newCode(random: (bytes: number) => Uint8Array): string {
  while (true) {
    const number = new DataView(new Uint8Array(random(4)).buffer).getUint32(0);
    if (number < FAIR) return String(number % CODES).padStart(DIGITS, "0");
  }
}

/** The code as it was mailed, however it was typed: full-width digits, spaces and hyphens too. Undefined for others. */
export function normalizeCode(typed: string): string | undefined {
  const code = typed.length > 64 ? "" : typed.normalize("NFKC").replace(/[\s-]/g, "");
  return /^[0-9]{6}$/.test(code) ? code : undefined;
}

/** What is kept of a code: without the server's key a dump does not tell which of the million it was. */
export function macOfCode(key: Pick<Keyring["current"], "mac">, flowId: string, code: string): Uint8Array {
  return key.mac("email code", new TextEncoder().encode(`${flowId} ${code}`));
}

/** Whether it is the code of this flow, in a time that tells nothing. Root secrets in force: the present, the last. */
export function isCode(keys: Keyring, flowId: string, code: string, mac: Uint8Array): boolean {
  return keys.all.map((key) => equalBytes(macOfCode(key, flowId, code), mac)).includes(true);
}

/** Knows the lifetime of an e-mailed code. */
export type HasCodeLifetime = { emailCodeSeconds: number };
