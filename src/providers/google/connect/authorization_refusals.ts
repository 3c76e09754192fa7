import { AuthError } from "../../../lib/errors.ts";
import { GoogleClientRefused, GoogleUnreachable } from "../api/google_api.ts";

/** Why a return from Google does not pass: for logs and operators, never for the caller. */
export type StateRejection =
  | "missing"
  | "unknown"
  | "expired"
  | "used"
  /** It names another issuer than Google (RFC 9207). */
  | "other_issuer"
  | "other_browser"
  | "other_session"
  | "session_ended"
  /** Sealed under a root secret that is not configured any more. */
  | "unreadable";

/** The state is missing, unknown, expired, used, or another browser's or session's: one answer for all. */
export class InvalidState extends AuthError {
  readonly code = "INVALID_STATE";
  constructor(readonly reason: StateRejection) {
    super("Cannot finish the Google authorization: it was started elsewhere, is finished, or took too long", {
      actionRequired: "Connect Google again, in this browser",
    });
  }
}

/** The person said no at Google. */
export class AuthorizationDenied extends AuthError {
  readonly code = "AUTHORIZATION_DENIED";
  constructor() {
    super("Cannot finish the Google authorization: it was denied at Google", {
      actionRequired: "Connect Google again, and allow what is asked for",
    });
  }
}

/** Google granted, and the grant could not be kept. */
export class GrantLost extends AuthError {
  readonly code = "REAUTHORIZATION_REQUIRED";
  constructor() {
    super("Cannot finish the Google authorization: what Google granted could not be stored", {
      actionRequired: CONSENT_AGAIN,
    });
  }
}

/** What helps when a code is spent and nothing came of it. */
export const CONSENT_AGAIN = "Connect Google again: consent must be given once more";

const ACTION = "finish the Google authorization";

/** RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6, and Google's own. Another word is not repeated: anybody can send it. */
const ERRORS = [
  "invalid_request",
  "unauthorized_client",
  "unsupported_response_type",
  "invalid_scope",
  "invalid_client",
  "interaction_required",
  "login_required",
  "account_selection_required",
  "consent_required",
  "admin_policy_enforced",
  "disallowed_useragent",
  "org_internal",
  "redirect_uri_mismatch",
];

/** What Google's `error` in the redirect means. */
export function refusalAtGoogle(error: string): AuthError {
  if (error === "access_denied") return new AuthorizationDenied();
  if (error === "server_error" || error === "temporarily_unavailable") {
    return new GoogleUnreachable(ACTION, `Google answers ${error}`);
  }
  return new GoogleClientRefused(ACTION, ERRORS.includes(error) ? error : "an unknown error");
}
