import {
  GoogleClientRefused,
  GoogleGrantRefused,
  GoogleNotConfigured,
  GoogleTokenRejected,
  GoogleUnreachable,
} from "../src/google/google_api.ts";
import { errorType } from "./errors.ts";

export const GOOGLE_NOT_CONFIGURED = errorType(GoogleNotConfigured, "Google is not set up on this server.");

/** What a call to Google can be refused with. */
export const GOOGLE_ERRORS = [
  GOOGLE_NOT_CONFIGURED,
  errorType(GoogleGrantRefused, "Google does not accept the code or the refresh token, or not any more."),
  errorType(GoogleClientRefused, "Google does not take this server's request: its client is set up wrong."),
  errorType(GoogleUnreachable, "Google could not be asked."),
  errorType(GoogleTokenRejected, "An ID token that is not Google's, not for us, or not good any more."),
];
