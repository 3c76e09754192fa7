import { Secret, TOTP } from "otpauth";
import encodeQR from "qr";
import type { HasRandom } from "../../../lib/crypto.ts";

/** RFC 6238 as every authenticator app supports it: HMAC-SHA-1, six digits, steps of 30 seconds. */
const FORM = { algorithm: "SHA1", digits: 6, period: 30 } as const;

const STEP_MS = FORM.period * 1000;

/** RFC 4226 §4: a secret of 160 bits, the length of the hash. */
const SECRET_BYTES = 20;

/** Codes of this many steps before and after the authenticator's time are accepted (RFC 6238 §5.2). */
const WINDOW = 1;

/** The name of an authenticator until its owner changes it. */
export const TOTP_NAME = "Authenticator app";

/** Returns the secret of base32 text (RFC 4648 §6): with spaces, lower case or padding too. Undefined for others. */
export function parseTotpSecret(text: string): Secret | undefined {
  const digits = text.replaceAll(" ", "").replace(/={1,6}$/, "");
  return /^[a-z2-7]+$/i.test(digits) ? Secret.fromBase32(digits) : undefined;
}

/** Creates the secret of an authenticator, as base32 text. */
export function newTotpSecret({ random }: HasRandom): string {
  return new Secret({ buffer: new Uint8Array(random(SECRET_BYTES)).buffer }).base32;
}

/** How authenticator apps read the secret: the `otpauth:` URI, and its QR code as SVG. */
export function totpSetup(secret: string, issuer: string, label: string): { uri: string; qrCode: string } {
  const uri = new TOTP({ ...FORM, issuer, label, secret: Secret.fromBase32(secret) }).toString();
  return { uri, qrCode: encodeQR(uri, "svg", { ecc: "medium" }) };
}

/** Returns the six digits of a typed code: without spaces and hyphens, and with ASCII digits. Undefined for others. */
export function normalizeTotp(typed: string): string | undefined {
  const digits = typed.length > 64 ? "" : typed.normalize("NFKC").replaceAll(/[\s-]/g, "");
  return /^[0-9]{6}$/.test(digits) ? digits : undefined;
}

export function stepAt(time: Date): number {
  return TOTP.counter({ period: FORM.period, timestamp: time.getTime() });
}

/**
 * Returns the step whose code this is, within one step of the authenticator's time; undefined if the code is
 * wrong. `clockSteps` is how many steps the authenticator's clock is ahead.
 */
export function stepOfCode(secret: string, code: string, now: Date, clockSteps: number): number | undefined {
  const timestamp = now.getTime() + clockSteps * STEP_MS;
  const difference = TOTP.validate({
    ...FORM,
    secret: Secret.fromBase32(secret),
    token: code,
    timestamp,
    window: WINDOW,
  });
  return difference === null ? undefined : stepAt(new Date(timestamp)) + difference;
}

/**
 * Returns the clock difference to expect after a code of `difference` steps: the same difference twice in a row
 * is the clock's, and once may be a code that was typed late. It moves the accepted window and never widens it.
 */
export function learnedClock(known: number, last: number, difference: number): number {
  return difference === last ? Math.max(-1, Math.min(1, difference)) : known;
}
