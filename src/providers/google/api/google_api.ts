import { AuthError } from "../../../lib/errors.ts";
import type { Secret } from "../../../lib/secret.ts";
import type { TimingDetails } from "../../../accounts/sessions/token_timing.ts";

/** The verified claims of a Google ID token. */
export type GoogleIdentity = {
  /** Normalised to one of the two spellings that Google uses. */
  issuer: string;
  /** Never changes for an account, unlike its email address. With the issuer, it identifies the account. */
  subject: string;
  email?: string;
  /** Whether Google has verified the address. This does not say that Google is authoritative for its domain. */
  emailVerified: boolean;
  /** The Workspace domain that the account belongs to. */
  hostedDomain?: string;
  name?: string;
  picture?: string;
  nonce?: string;
  issuedAt: Date;
  expiresAt: Date;
};

/** The tokens and scopes that Google granted. */
export type GoogleTokens = {
  accessToken: Secret;
  /** Issued only at the first consent, or when consent was requested again. A refresh keeps the old one. */
  refreshToken?: Secret;
  idToken?: Secret;
  expiresAt: Date;
  /** Granted scopes in canonical form, perhaps fewer than requested. Undefined if Google does not list them. */
  scopes?: string[];
};

export type AuthorizationRequest = {
  state: string;
  /** RFC 7636, S256. */
  codeChallenge: string;
  redirectUri: string;
  scopes: readonly string[];
  /** Email address that Google preselects. */
  loginHint?: string;
  /** Requests consent even if it was given before, so that Google issues a refresh token (R31). */
  consent: boolean;
};

/**
 * The Google API that we use. `google_client.ts` implements it for Google and its emulator. Without configuration,
 * every method throws `GoogleNotConfigured`. Errors and their causes never contain a token, a code or the client's
 * secret.
 */
export type GoogleApi = {
  readonly configured: boolean;
  /** Id of the client that requests authorization. Its refresh tokens work with no other client. */
  readonly clientId: string | undefined;
  /** URL of the script that draws Google's sign-in button. */
  readonly buttonScript: string | undefined;
  /**
   * Verifies an ID token, except its nonce.
   *
   * @throws GoogleTokenRejected, or GoogleUnreachable when the keys cannot be fetched.
   */
  verifyIdToken(token: string): Promise<GoogleIdentity>;
  /** Returns the URL that requests an authorization code with offline access. */
  authorizationUrl(request: AuthorizationRequest): Promise<string>;
  /**
   * Exchanges a code for tokens. Never retried.
   *
   * @throws GoogleGrantRefused, GoogleClientRefused or GoogleUnreachable.
   */
  exchangeCode(input: { code: Secret; codeVerifier: Secret; redirectUri: string }): Promise<GoogleTokens>;
  /**
   * Gets a new access token. Never retried.
   *
   * @throws GoogleGrantRefused, GoogleClientRefused or GoogleUnreachable.
   */
  refresh(refreshToken: Secret): Promise<GoogleTokens>;
  /**
   * Revokes the grant of an access or refresh token, with all its tokens. Returns `unknown` if Google no longer knows
   * the token.
   *
   * @throws GoogleClientRefused or GoogleUnreachable.
   */
  revoke(token: Secret): Promise<"revoked" | "unknown">;
  /**
   * Fetches Google's keys and measures how long that took.
   *
   * @throws GoogleUnreachable.
   */
  reach(): Promise<{ latencyMs: number }>;
  /** Closes the client. Calls in progress fail. */
  close(): void;
};

/** Google is not configured on this server. */
export class GoogleNotConfigured extends AuthError {
  readonly code = "GOOGLE_NOT_CONFIGURED";
  constructor() {
    super("Cannot use Google: it is not configured", {
      actionRequired:
        "Set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or GOOGLE_CREDENTIALS_FILE, and start the server again",
    });
  }
}

/** Why an ID token is rejected. Shown in logs and to operators, never to the caller. */
export type TokenRejection = RejectionReason & {
  /** The address in the token, if the signature is valid and Google has verified the address. */
  email?: string | undefined;
};

type RejectionReason =
  | {
    /**
     * `malformed`: not a JWT, or not in canonical form. `algorithm`: not RS256. `key`: the key id is missing, or
     * Google does not publish that key. `claims`: a required claim is missing or malformed.
     */
    reason: "malformed" | "algorithm" | "key" | "signature" | "audience" | "issuer" | "claims";
  }
  | {
    reason: "timing";
    claim: "iat" | "nbf" | "exp";
    timing: TimingDetails;
    subject: string;
  }
  /**
   * `nonce`: not issued by us, expired, or not the expected one. `used`: the nonce, or a token without one, was used
   * before.
   */
  | { reason: "nonce" | "used" };

/** The ID token is not from Google, not for our clients, or expired. One error for all of them. */
export class GoogleTokenRejected extends AuthError {
  readonly code = "GOOGLE_TOKEN_REJECTED";
  constructor(readonly rejection: TokenRejection) {
    super("Cannot sign in with this Google token: it is invalid, used or expired", {
      actionRequired: "Sign in with Google again",
    });
  }
}

/** Google rejects the code or the refresh token: it was used, has expired or was revoked. A retry does not help. */
export class GoogleGrantRefused extends AuthError {
  readonly code = "REAUTHORIZATION_REQUIRED";
  constructor(action: string) {
    super(`Cannot ${action}: Google no longer accepts the grant`, {
      actionRequired: "Connect Google again",
    });
  }
}

/** Google rejects our request, usually because it does not know our client. Only the server's operator can fix it. */
export class GoogleClientRefused extends AuthError {
  readonly code = "GOOGLE_NOT_CONFIGURED";
  /** `error`: the OAuth error code, such as `invalid_client`. */
  constructor(action: string, readonly error: string) {
    super(`Cannot ${action}: Google refuses this server's request (${error})`, {
      actionRequired:
        "Check GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET and the redirect URIs in Google's console, or ask the operator of this server",
    });
  }
}

/** Google could not be reached. This says nothing about a token or a grant. */
export class GoogleUnreachable extends AuthError {
  readonly code = "PROVIDER_UNAVAILABLE";
  constructor(action: string, state: string) {
    super(`Cannot ${action}: ${state}`, { actionRequired: "Try again shortly", retryAfterSeconds: 5 });
  }
}

/** Calls Google. Without configuration, its methods throw `GoogleNotConfigured`. */
export type HasGoogle = { google: GoogleApi };
