import type { AuthErrorCode } from "../../src/lib/errors.ts";
import { builder } from "./builder.ts";

/** The meaning of each code, and the remedy. */
const MEANINGS: Record<AuthErrorCode, string> = {
  UNAUTHENTICATED: "No token, or an invalid, expired or revoked one. Refresh the session, or sign in.",
  FORBIDDEN: "The caller is known, but may not do this.",
  INVALID_INPUT: "An argument is malformed or out of range, or names nothing. `message` says which.",
  CURSOR_EXPIRED: "Old events after the cursor were deleted. Continue from `extensions.cursor`.",
  RATE_LIMITED: "Too many attempts. Try again after `retryAfterSeconds`.",
  OVERLOADED: "The server is overloaded. Try again after `retryAfterSeconds`.",
  UNAVAILABLE:
    "The database is unreachable or read-only. The change may have been saved: check before you try again.",
  STEP_UP_REQUIRED:
    "A fresh proof of the strongest factor is missing. Call `startStepUp`, or sign in again without a second factor.",
  MAIL_NOT_CONFIGURED: "The server cannot send mail.",
  INVALID_CREDENTIALS: "The name or the password is wrong, or the user may not sign in.",
  USERNAME_TAKEN: "Another user has the name. Choose another one.",
  WEAK_PASSWORD: "The password is too short, too long or too common. Choose another one.",
  ACCOUNT_DISABLED: "An operator has disabled the account.",
  CODE_REJECTED: "The mailed code or link is wrong, used or expired. Request a new one.",
  SECOND_FACTOR_REJECTED: "The proof of the second factor is wrong or used, or comes too late.",
  FACTOR_NOT_FOUND: "The user has no such second factor, or none at all.",
  LAST_WAY_IN: "Without this passkey, the user would have no sign-in method. Add another one first.",
  SESSION_ENDED: "The session has ended, or the refresh token is unknown. Sign in.",
  REFRESH_TOKEN_REUSED:
    "The refresh token was used before and may be stolen, so the session has ended. Sign in.",
  LINK_REQUIRES_PROOF:
    "Another account has the address or the Google account. Sign in to that account, and link Google there.",
  GOOGLE_NOT_CONFIGURED: "The server has no Google client.",
  GOOGLE_TOKEN_REJECTED: "The Google ID token is invalid, used or expired. Get a new one.",
  INVALID_STATE:
    "The state of the authorization is unknown, used or expired, or another browser's. Start again.",
  AUTHORIZATION_DENIED: "The user declined at the provider.",
  REAUTHORIZATION_REQUIRED: "The provider's tokens no longer work. The owner must authorise again.",
  PROVIDER_UNAVAILABLE: "The provider cannot be reached or fails. Try again later.",
  MODAL_REJECTED: "Modal rejected the token or the flow.",
  FLOW_NOT_FOUND: "The flow does not exist, or belongs to another user.",
  FLOW_TIMED_OUT: "The user did not approve in time. The flow can wait again.",
  FLOW_ENDED: "The flow has ended. Start a new one.",
  CREDENTIAL_NOT_FOUND: "The credential does not exist, or belongs to another user.",
  TRANSITION_NOT_ALLOWED: "The present state does not lead to the requested one.",
  REQUIREMENTS_NOT_MET: "The user does not meet the requirements of the state. `missing` lists them.",
};

export const AuthErrorCodeEnum = builder.enumType("AuthErrorCode", {
  description:
    "The reason for a rejection. Codes are stable: use them in programs, and show `message` to people.",
  values: Object.fromEntries(
    Object.entries(MEANINGS).map(([code, description]) => [code, { description }]),
  ) as Record<AuthErrorCode, { description: string }>,
});
