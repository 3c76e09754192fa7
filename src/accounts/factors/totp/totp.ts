import { Secret, TOTP } from "otpauth";
import encodeQR from "qr";
import type { HasRandom } from "../../../lib/crypto.ts";

/** The parameters of RFC 6238 that every authenticator app supports. */
const FORM = { algorithm: "SHA1", digits: 6, period: 30 } as const;

const STEP_MS = FORM.period * 1000;

/** RFC 4226 §4 recommends 160 bits. */
const SECRET_BYTES = 20;

/** Codes of this many steps before and after the authenticator's time are accepted (RFC 6238 §5.2). */
const WINDOW = 1;

/** The default name of an authenticator. */
export const TOTP_NAME = "Authenticator app";

/** Parses base32 (RFC 4648 §6), also with spaces, lower case or padding. Returns undefined for other text. */
export function parseTotpSecret(text: string): Secret | undefined {
  const digits = text.replaceAll(" ", "").replace(/={1,6}$/, "");
  return /^[a-z2-7]+$/i.test(digits) ? Secret.fromBase32(digits) : undefined;
}

/** Creates the secret of an authenticator, as base32 text. */
export function newTotpSecret({ random }: HasRandom): string {
  return new Secret({ buffer: new Uint8Array(random(SECRET_BYTES)).buffer }).base32;
}

/** Returns the `otpauth:` URI that authenticator apps read, and its QR code as SVG. */
export function totpSetup(secret: string, issuer: string, label: string): { uri: string; qrCode: string } {
  const uri = new TOTP({ ...FORM, issuer, label, secret: Secret.fromBase32(secret) }).toString();
  return { uri, qrCode: encodeQR(uri, "svg", { ecc: "medium" }) };
}

/** Returns a typed code as six ASCII digits, without spaces and hyphens. Returns undefined if it is malformed. */
export function normalizeTotp(typed: string): string | undefined {
  const digits = typed.length > 64 ? "" : typed.normalize("NFKC").replaceAll(/[\s-]/g, "");
  return /^[0-9]{6}$/.test(digits) ? digits : undefined;
}

/** Returns the number of the time step (RFC 6238 §4.2). */
export function stepAt(time: Date): number {
  return TOTP.counter({ period: FORM.period, timestamp: time.getTime() });
}

/**
 * Returns the step of the code, which must be within one step of the authenticator's time. Returns undefined if the
 * code is wrong. `clockSteps` is how many steps the authenticator's clock is ahead of ours.
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
 * Returns the new `clockSteps` after a code that was `difference` steps ahead. It changes only after the same
 * difference twice in a row, because one code may be typed late. It moves the accepted window and never widens it.
 */
export function learnedClock(clockSteps: number, last: number, difference: number): number {
  return difference === last ? Math.max(-1, Math.min(1, difference)) : clockSteps;
}
