/**
 * Every code an answer of ours can carry. A code is stable: clients decide by it, never by the sentence.
 * The list is the whole API's, so that a client which knows it knows every refusal there can be.
 */
export const AUTH_ERROR_CODES = [
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "INVALID_INPUT",
  "RATE_LIMITED",
  "OVERLOADED",
  "UNAVAILABLE",
  "RECENT_SIGN_IN_REQUIRED",
  "MAIL_NOT_CONFIGURED",
  "INVALID_CREDENTIALS",
  "USERNAME_TAKEN",
  "WEAK_PASSWORD",
  "ACCOUNT_DISABLED",
  "CODE_REJECTED",
  "SESSION_ENDED",
  "REFRESH_TOKEN_REUSED",
  "LINK_REQUIRES_PROOF",
  "GOOGLE_NOT_CONFIGURED",
  "GOOGLE_TOKEN_REJECTED",
  "INVALID_STATE",
  "AUTHORIZATION_DENIED",
  "REAUTHORIZATION_REQUIRED",
  "PROVIDER_UNAVAILABLE",
  "MODAL_REJECTED",
  "FLOW_NOT_FOUND",
  "FLOW_TIMED_OUT",
  "FLOW_ENDED",
  "CREDENTIAL_NOT_FOUND",
  "TRANSITION_NOT_ALLOWED",
  "REQUIREMENTS_NOT_MET",
] as const;

export type AuthErrorCode = (typeof AUTH_ERROR_CODES)[number];

/** What can accompany a refusal: the remedy, in the form that fits it. */
export type Remedy = {
  /** One sentence: what the person can do about it. */
  actionRequired?: string;
  /** Where to authorise again, when that is the remedy. */
  authorizationUrl?: string;
  /** When trying again later is the remedy: after this many seconds. */
  retryAfterSeconds?: number;
};

/**
 * The base of every refusal that a caller is told about. Its `message` is one sentence a person can read
 * (the action, a colon, the state) and never holds a secret or says which of two secrets was wrong.
 * Anything thrown that is not an `AuthError` is a fault of ours and reaches no caller in words.
 */
export abstract class AuthError extends Error {
  abstract readonly code: AuthErrorCode;
  readonly remedy: Remedy;

  constructor(message: string, remedy: Remedy = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.remedy = remedy;
  }
}

/** A class of refusals. */
export type AuthErrorClass = new (...args: never[]) => AuthError;

/** Nobody is signed in, or the token presented is unknown, expired or revoked: one answer for all. */
export class Unauthenticated extends AuthError {
  readonly code = "UNAUTHENTICATED";
  constructor() {
    super("Cannot answer: nobody is signed in, or the token is no longer valid", {
      actionRequired: "Send a valid token as `Authorization: Bearer …`",
    });
  }
}

/** The caller is known and may not do this. */
export class Forbidden extends AuthError {
  readonly code = "FORBIDDEN";
  constructor(need: string) {
    super(`Cannot do this: it needs ${need}`, { actionRequired: `Ask for ${need}` });
  }
}

/** An argument is malformed or out of its bounds. The message names the argument and the bound. */
export class InvalidInput extends AuthError {
  readonly code = "INVALID_INPUT";
  constructor(message: string, actionRequired?: string) {
    super(message, actionRequired ? { actionRequired } : {});
  }
}

/** A code or a mailed link does not pass. One error on purpose: the caller must not learn why. */
export class CodeRejected extends AuthError {
  readonly code = "CODE_REJECTED";
  constructor() {
    super("Cannot take this code or link: it is wrong, used or expired", {
      actionRequired: "Ask for a new one",
    });
  }
}

/** The user may not sign in. Told only to who has proven who they are otherwise; a password never learns it. */
export class AccountDisabled extends AuthError {
  readonly code = "ACCOUNT_DISABLED";
  constructor() {
    super("Cannot sign in: the account is disabled", { actionRequired: "Ask whoever runs this service" });
  }
}

/** Too many tries; `retryAfterSeconds` says when the next one is taken. */
export class RateLimited extends AuthError {
  readonly code = "RATE_LIMITED";
  constructor(what: string, retryAfterSeconds: number) {
    super(`Cannot ${what} now: too many tries`, {
      actionRequired: `Try again in ${retryAfterSeconds} s`,
      retryAfterSeconds,
    });
  }
}

/** More work is waiting than can be done in reasonable time. */
export class Overloaded extends AuthError {
  readonly code = "OVERLOADED";
  constructor(what: string, retryAfterSeconds: number) {
    super(`Cannot ${what} now: too much work is waiting`, {
      actionRequired: `Try again in ${retryAfterSeconds} s`,
      retryAfterSeconds,
    });
  }
}

/**
 * Our own database cannot be reached, or refuses to write. What the request began may have happened when the
 * connection was lost in the last moment: look before trying again.
 */
export class Unavailable extends AuthError {
  readonly code = "UNAVAILABLE";
  constructor(message: string, options?: ErrorOptions) {
    super(message, { actionRequired: "Try again shortly", retryAfterSeconds: 5 }, options);
  }
}
