import { AuthError } from "../../../lib/errors.ts";
import type { Secret } from "../../../lib/secret.ts";
import type { TimingDetails } from "../../../accounts/sessions/token_timing.ts";

/** What an ID token of Google's says of a person, checked. */
export type GoogleIdentity = {
  /** In one spelling, of the two that Google has. */
  issuer: string;
  /** Theirs for ever, whatever becomes of their address: with the issuer, their identity. */
  subject: string;
  email?: string;
  /** Whether Google has made sure of the address; whether it is Google's to vouch for is another question. */
  emailVerified: boolean;
  /** The Workspace domain that the account belongs to. */
  hostedDomain?: string;
  name?: string;
  picture?: string;
  nonce?: string;
  issuedAt: Date;
  expiresAt: Date;
};

/** What Google granted. */
export type GoogleTokens = {
  accessToken: Secret;
  /**
   * Only at the first consent, or when consent was asked for once more; never at a refresh, where the old one goes
   * on.
   */
  refreshToken?: Secret;
  idToken?: Secret;
  expiresAt: Date;
  /** What was granted, in Google's names; it can be less than was asked for. Undefined when Google does not say. */
  scopes?: string[];
};

export type AuthorizationRequest = {
  state: string;
  /** RFC 7636, S256. */
  codeChallenge: string;
  redirectUri: string;
  scopes: readonly string[];
  /** The address of whom we expect. */
  loginHint?: string;
  /** Asks for consent even if it was given before, so that there is a refresh token (R31). */
  consent: boolean;
};

/**
 * Google as we use it. One implementation talks to Google, or to its emulator (`google_client.ts`). Where it is not
 * configured, every method throws `GoogleNotConfigured`. No error of these methods, and no cause of one, holds a token,
 * a code or the client's secret.
 */
export type GoogleApi = {
  readonly configured: boolean;
  /** The client that asks for authorization: its refresh tokens work with no other. */
  readonly clientId: string | undefined;
  /** What a page loads to show Google's sign-in button. */
  readonly buttonScript: string | undefined;
  /** Throws `GoogleTokenRejected`, or `GoogleUnreachable` when there are no keys to check with. Ignores nonces. */
  verifyIdToken(token: string): Promise<GoogleIdentity>;
  /** Where a browser is sent for an authorization code, with offline access. */
  authorizationUrl(request: AuthorizationRequest): Promise<string>;
  /** Spends a code. Throws `GoogleGrantRefused`, `GoogleClientRefused` or `GoogleUnreachable`. Never tried twice. */
  exchangeCode(input: { code: Secret; codeVerifier: Secret; redirectUri: string }): Promise<GoogleTokens>;
  /**
   * A new access token. Throws `GoogleGrantRefused`, `GoogleClientRefused` or `GoogleUnreachable`. Never tried twice.
   */
  refresh(refreshToken: Secret): Promise<GoogleTokens>;
  /**
   * Ends the grant that an access or refresh token belongs to, with all its tokens; `unknown` when Google knows no such
   * token any more. Throws `GoogleClientRefused` or `GoogleUnreachable`.
   */
  revoke(token: Secret): Promise<"revoked" | "unknown">;
  /** Asks Google for its keys, and says how long that took. Throws `GoogleUnreachable`. */
  reach(): Promise<{ latencyMs: number }>;
  /** Calls under way fail. */
  close(): void;
};

/** Signing in with Google is not set up on this server. */
export class GoogleNotConfigured extends AuthError {
  readonly code = "GOOGLE_NOT_CONFIGURED";
  constructor() {
    super("Cannot use Google: it is not configured", {
      actionRequired:
        "Set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or GOOGLE_CREDENTIALS_FILE, and start the server again",
    });
  }
}

/** Why an ID token does not pass: for logs and operators, never for the caller. */
export type TokenRejection =
  | {
    /**
     * `malformed`: no JWT, or not in canonical form; `algorithm`: not RS256; `key`: signed with a key that Google
     * does not publish, or that it does not name; `claims`: one that every ID token has is missing or odd.
     */
    reason: "malformed" | "algorithm" | "key" | "signature" | "audience" | "issuer" | "claims";
  }
  | {
    reason: "timing";
    claim: "iat" | "nbf" | "exp";
    timing: TimingDetails;
    subject: string;
  }
  /** `nonce`: not ours, over, or not the expected one; `used`: the nonce, or a token without one, was used before. */
  | { reason: "nonce" | "used" };

/** An ID token that is not Google's, not for us, or not good any more. One answer for all. */
export class GoogleTokenRejected extends AuthError {
  readonly code = "GOOGLE_TOKEN_REJECTED";
  constructor(readonly rejection: TokenRejection) {
    super("Cannot sign in with this Google token: it is not valid here, or not any more", {
      actionRequired: "Sign in with Google again",
    });
  }
}

/**
 * Google does not take the code or the refresh token: it is used, expired or withdrawn. Asking again changes nothing.
 */
export class GoogleGrantRefused extends AuthError {
  readonly code = "REAUTHORIZATION_REQUIRED";
  constructor(action: string) {
    super(`Cannot ${action}: Google does not accept the grant any more`, {
      actionRequired: "Connect Google again",
    });
  }
}

/**
 * Google does not take our request, most often because it does not know our client. Whoever runs the server can help.
 */
export class GoogleClientRefused extends AuthError {
  readonly code = "GOOGLE_NOT_CONFIGURED";
  /** `error`: Google's own word for it, such as `invalid_client`. */
  constructor(action: string, readonly error: string) {
    super(`Cannot ${action}: Google refuses this server's request (${error})`, {
      actionRequired:
        "Check GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET and the redirect URIs in Google's console, or ask whoever runs this server",
    });
  }
}

/** Google could not be asked. Says nothing about a token or a grant. */
export class GoogleUnreachable extends AuthError {
  readonly code = "PROVIDER_UNAVAILABLE";
  constructor(action: string, state: string) {
    super(`Cannot ${action}: ${state}`, { actionRequired: "Try again shortly", retryAfterSeconds: 5 });
  }
}

/** Calls Google. Without configuration its methods throw `GoogleNotConfigured`. */
export type HasGoogle = { google: GoogleApi };
