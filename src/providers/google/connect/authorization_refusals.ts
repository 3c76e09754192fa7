import { AuthError } from "../../../lib/errors.ts";
import { GoogleClientRefused, GoogleUnreachable } from "../api/google_api.ts";

/** Why a return from Google is rejected. Shown in logs and to operators, never to the caller. */
export type StateRejection =
  | "missing"
  | "unknown"
  | "expired"
  | "used"
  /** The `iss` parameter is not Google (RFC 9207). */
  | "other_issuer"
  | "other_browser"
  | "other_session"
  | "session_ended"
  /** Sealed under a root secret that is no longer configured. */
  | "unreadable";

/**
 * The state is missing, unknown, expired, used, or belongs to another browser or session. One error for all of them.
 */
export class InvalidState extends AuthError {
  readonly code = "INVALID_STATE";
  constructor(readonly reason: StateRejection) {
    super("Cannot finish the Google authorization: it was started elsewhere, is finished, or took too long", {
      actionRequired: "Connect Google again, in this browser",
    });
  }
}

/** The user denied the authorization at Google. */
export class AuthorizationDenied extends AuthError {
  readonly code = "AUTHORIZATION_DENIED";
  constructor() {
    super("Cannot finish the Google authorization: it was denied at Google", {
      actionRequired: "Connect Google again, and allow the requested access",
    });
  }
}

/** Google granted access, but the grant could not be stored. */
export class GrantLost extends AuthError {
  readonly code = "REAUTHORIZATION_REQUIRED";
  constructor() {
    super("Cannot finish the Google authorization: the granted tokens could not be stored", {
      actionRequired: CONSENT_AGAIN,
    });
  }
}

/** The remedy when the code was used but no grant was stored. */
export const CONSENT_AGAIN = "Connect Google again: consent must be given once more";

const ACTION = "finish the Google authorization";

/**
 * Error codes of RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6 and Google. Other values are not repeated: any page
 * can send them.
 */
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

/** Maps Google's `error` parameter of the redirect to an error. */
export function refusalAtGoogle(error: string): AuthError {
  if (error === "access_denied") return new AuthorizationDenied();
  if (error === "server_error" || error === "temporarily_unavailable") {
    return new GoogleUnreachable(ACTION, `Google answers ${error}`);
  }
  return new GoogleClientRefused(ACTION, ERRORS.includes(error) ? error : "an unknown error");
}
