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

export const GOOGLE_NOT_CONFIGURED = errorType(
  GoogleNotConfigured,
  "This server has no Google client configured.",
);
export const GOOGLE_UNREACHABLE = errorType(
  GoogleUnreachable,
  "Google is unreachable or sent an unexpected response. The token may still be valid: try again later.",
);
export const GOOGLE_TOKEN_REJECTED = errorType(
  GoogleTokenRejected,
  "The ID token was not issued by Google, is for another client, was used, or has expired. All cases return this error.",
);

/** The errors that a call to Google can return. */
export const GOOGLE_ERRORS = [
  GOOGLE_NOT_CONFIGURED,
  GOOGLE_UNREACHABLE,
  GOOGLE_TOKEN_REJECTED,
  errorType(
    GoogleGrantRefused,
    "Google rejected the code or refresh token: it is invalid, expired or revoked.",
  ),
  errorType(
    GoogleClientRefused,
    "Google rejected this server's client. An operator must correct the client configuration.",
  ),
];

errorType(
  InvalidState,
  "The state is missing, unknown, expired or used, or belongs to another browser or session. All cases return this error. Start a new authorization.",
);
errorType(AuthorizationDenied, "The user declined at Google.");
errorType(GrantLost, "The server could not store the granted tokens. Start a new authorization.");
