import {
  AuthorizationDenied,
  GrantLost,
  InvalidState,
} from "../../src/providers/google/connect/authorization_refusals.ts";
import {
  GoogleClientRefused,
  GoogleGrantRefused,
  GoogleNotConfigured,
  GoogleTokenRejected,
  GoogleUnreachable,
} from "../../src/providers/google/api/google_api.ts";
import { errorType } from "../lib/errors.ts";

export const GOOGLE_NOT_CONFIGURED = errorType(GoogleNotConfigured, "Google is not set up on this server.");
export const GOOGLE_UNREACHABLE = errorType(
  GoogleUnreachable,
  "Google could not be asked, or did not answer as it does; that says nothing about a token.",
);
export const GOOGLE_TOKEN_REJECTED = errorType(
  GoogleTokenRejected,
  "An ID token that is not Google's, not for us, or not good any more: one answer for all.",
);

/** What a call to Google can be refused with. */
export const GOOGLE_ERRORS = [
  GOOGLE_NOT_CONFIGURED,
  GOOGLE_UNREACHABLE,
  GOOGLE_TOKEN_REJECTED,
  errorType(GoogleGrantRefused, "Google does not accept the code or the refresh token, or not any more."),
  errorType(GoogleClientRefused, "Google does not take this server's request: its client is set up wrong."),
];

errorType(
  InvalidState,
  "The state is missing, unknown, expired, used, or another browser's or session's: one answer for all.",
);
errorType(AuthorizationDenied, "The person said no at Google.");
errorType(GrantLost, "What Google granted could not be stored: consent must be given again.");
