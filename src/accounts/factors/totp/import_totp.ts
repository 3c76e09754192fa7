import { InvalidInput } from "../../../lib/errors.ts";
import { parseFactorName } from "../factor_name.ts";
import type { ImportedFactor } from "../import_factors.ts";
import { parseTotpSecret, TOTP_NAME } from "./totp.ts";

/** An authenticator app from another system, with SHA-1, six digits and steps of 30 seconds. */
export type ImportTotp = { secret: string; name?: string | null | undefined };

/** 80 bits. RFC 4226 §4 requires 128, but many systems use 80, and the app of a user has that secret. */
const LEAST_SECRET_BYTES = 10;

/** The block size of HMAC-SHA-1 (RFC 2104 §2). */
const MOST_SECRET_BYTES = 64;

/** Checks the authenticators of one user. Throws `InvalidInput`, without the secret. */
export function checkTotps(at: Date, given: readonly ImportTotp[]): ImportedFactor[] {
  const checked = given.map(({ secret, name }): ImportedFactor => ({
    kind: "TOTP",
    name: name == null ? TOTP_NAME : parseFactorName(name),
    created_at: at,
    secret: checkSecret(secret),
  }));
  // Each step is accepted once per authenticator, so a code of a repeated secret would be accepted twice.
  if (new Set(checked.map(({ secret }) => secret)).size < checked.length) {
    throw new InvalidInput("totp has the same secret twice");
  }
  return checked;
}

/** Returns the secret in canonical base32. Throws `InvalidInput`. */
function checkSecret(text: string): string {
  const secret = parseTotpSecret(text);
  if (!secret) throw new InvalidInput("the secret of a totp is not base32");
  if (secret.bytes.length < LEAST_SECRET_BYTES || secret.bytes.length > MOST_SECRET_BYTES) {
    throw new InvalidInput(
      `the secret of a totp is not ${LEAST_SECRET_BYTES} to ${MOST_SECRET_BYTES} bytes`,
      "Leave it out, and the user adds an authenticator after the first sign-in",
    );
  }
  return secret.base32;
}
