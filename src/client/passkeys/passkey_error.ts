/**
 * - CANCELLED: the user declined or waited too long, has no passkey here, or has left. Browsers do not report which.
 * - ALREADY_ADDED: the authenticator has a passkey of this account.
 * - NOT_SUPPORTED: the browser, the authenticator or the page's address does not allow passkeys.
 * - BLOCKED: the browser blocked the window that asks for the passkey.
 * - FAILED: the authenticator failed.
 */
export type PasskeyErrorCode = "CANCELLED" | "ALREADY_ADDED" | "NOT_SUPPORTED" | "BLOCKED" | "FAILED";

const MESSAGES: Record<PasskeyErrorCode, string> = {
  CANCELLED: "No passkey was used or created. Try again, or choose another way",
  ALREADY_ADDED: "This device or password manager already has a passkey for your account",
  NOT_SUPPORTED: "This browser cannot use passkeys here. Choose another way",
  BLOCKED: "The browser blocked the window for the passkey. Try again, or allow pop-ups for this site",
  FAILED: "The passkey did not work. Try again, or choose another way",
};

/** The browser did not use or create a passkey. The message is for the user. */
export class PasskeyError extends Error {
  override readonly name = "PasskeyError";
  readonly code: PasskeyErrorCode;
  constructor(code: PasskeyErrorCode, cause?: unknown) {
    super(MESSAGES[code], { cause });
    this.code = code;
  }
}

/** The codes of the DOM errors in WebAuthn level 3, by their names. */
const CODES: Record<string, PasskeyErrorCode> = {
  AbortError: "CANCELLED",
  NotAllowedError: "CANCELLED",
  InvalidStateError: "ALREADY_ADDED",
  ConstraintError: "NOT_SUPPORTED",
  NotSupportedError: "NOT_SUPPORTED",
  SecurityError: "NOT_SUPPORTED",
};

/**
 * Converts an error of the browser or its library, which keeps the browser's name. Returns a `TypeError` as it is: it is
 * a fault of the program.
 */
export function asPasskeyError(error: unknown): Error {
  if (error instanceof PasskeyError || error instanceof TypeError) return error;
  const code = error instanceof Error ? CODES[error.name] : undefined;
  return new PasskeyError(code ?? "FAILED", error);
}
