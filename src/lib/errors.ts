/** Every error code of the API. Codes are stable: clients decide by the code, never by the message. */
export type AuthErrorCode =
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "INVALID_INPUT"
  | "CURSOR_EXPIRED"
  | "RATE_LIMITED"
  | "OVERLOADED"
  | "UNAVAILABLE"
  | "STEP_UP_REQUIRED"
  | "MAIL_NOT_CONFIGURED"
  | "INVALID_CREDENTIALS"
  | "USERNAME_TAKEN"
  | "WEAK_PASSWORD"
  | "ACCOUNT_DISABLED"
  | "CODE_REJECTED"
  | "SECOND_FACTOR_REJECTED"
  | "FACTOR_NOT_FOUND"
  | "LAST_WAY_IN"
  | "SESSION_ENDED"
  | "REFRESH_TOKEN_REUSED"
  | "LINK_REQUIRES_PROOF"
  | "GOOGLE_NOT_CONFIGURED"
  | "GOOGLE_TOKEN_REJECTED"
  | "INVALID_STATE"
  | "AUTHORIZATION_DENIED"
  | "REAUTHORIZATION_REQUIRED"
  | "PROVIDER_UNAVAILABLE"
  | "MODAL_REJECTED"
  | "FLOW_NOT_FOUND"
  | "FLOW_TIMED_OUT"
  | "FLOW_ENDED"
  | "CREDENTIAL_NOT_FOUND"
  | "TRANSITION_NOT_ALLOWED"
  | "REQUIREMENTS_NOT_MET";

/** How a rejected caller can solve the problem. */
export type Remedy = {
  /** One sentence that says what the user can do. */
  actionRequired?: string;
  /** A page where the user can authorise again. */
  authorizationUrl?: string;
  /** Seconds after which a retry can succeed. */
  retryAfterSeconds?: number;
  /** The cursor from which a reader can continue. */
  cursor?: string;
};

/** What the event of a refusal says in addition, for operators. The caller never sees it. */
export type RefusalNote = {
  /** The user that the refusal concerns, if the caller is not signed in as this user. */
  userId?: string;
  /** The exact cause, such as `link_expired`. */
  detail?: string;
  /** The origin of the page that sent the request. */
  origin?: string;
  /** The refusal already has an event. */
  recorded?: true;
};

/** Why a subscription ended although there can be more values: renew the token, or sign in again. */
export type SubscriptionEnd = "TOKEN_EXPIRED" | "SESSION_ENDED";

/** The server is stopping: connections break off, so that clients connect to another instance. */
export class ServerStopping extends Error {
  // Yoga lets an error of this name break a stream off. It sends any other error as a value, and completes the stream.
  override readonly name = "AbortError";
}

/**
 * The base of every error that callers see. `message` is one sentence for people (the action, a colon, the
 * problem). It never contains a secret and never says which of several credentials was wrong. Any other error
 * is a server fault, and callers only see a general message.
 */
export abstract class AuthError extends Error {
  abstract readonly code: AuthErrorCode;
  readonly remedy: Remedy;
  note: RefusalNote = {};

  constructor(message: string, remedy: Remedy = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.remedy = remedy;
  }
}

/** A class of refusals. */
export type AuthErrorClass = new (...args: never[]) => AuthError;

/** The request has no valid token: it is missing, unknown, expired or revoked. */
export class Unauthenticated extends AuthError {
  readonly code = "UNAUTHENTICATED";
  /** @param reason why an open subscription ended */
  constructor(readonly reason?: SubscriptionEnd) {
    super("Cannot answer: you are not signed in, or the token is no longer valid", {
      actionRequired: "Send a valid token as `Authorization: Bearer …`",
    });
  }
}

/** The caller is authenticated but lacks a permission. */
export class Forbidden extends AuthError {
  readonly code = "FORBIDDEN";
  constructor(need: string) {
    super(`This needs ${need}`, { actionRequired: `Use ${need}` });
  }
}

/** An argument is malformed or out of range. The message names the argument and its range. */
export class InvalidInput extends AuthError {
  readonly code = "INVALID_INPUT";
  constructor(message: string, actionRequired?: string) {
    super(message, actionRequired ? { actionRequired } : {});
  }
}

/** A code or a mailed link was rejected. One error for all reasons, so that the caller does not learn which. */
export class CodeRejected extends AuthError {
  readonly code = "CODE_REJECTED";
  constructor(note: RefusalNote = {}) {
    super("This code or link is wrong, used or expired", {
      actionRequired: "Request a new one",
    });
    this.note = note;
  }
}

/**
 * The account is disabled. Thrown only after the caller has proven that the account is theirs; a password alone
 * does not reveal it.
 */
export class AccountDisabled extends AuthError {
  readonly code = "ACCOUNT_DISABLED";
  constructor() {
    super("Cannot sign in: the account is disabled", {
      actionRequired: "Contact the operator of this service",
    });
  }
}

/** Too many attempts. A retry can succeed after `retryAfterSeconds`. */
export class RateLimited extends AuthError {
  readonly code = "RATE_LIMITED";
  /** @param limit the name of the limit, for operators: the variable that sets it, if there is one */
  constructor(what: string, retryAfterSeconds: number, readonly limit: string) {
    super(`Cannot ${what} now: too many attempts`, {
      actionRequired: `Try again in ${retryAfterSeconds} s`,
      retryAfterSeconds,
    });
  }
}

/** The queue of waiting work is too long. */
export class Overloaded extends AuthError {
  readonly code = "OVERLOADED";
  constructor(what: string, retryAfterSeconds: number) {
    super(`Cannot ${what} now: the server is too busy`, {
      actionRequired: `Try again in ${retryAfterSeconds} s`,
      retryAfterSeconds,
    });
  }
}

/**
 * The server's database is unreachable or read-only. If the connection was lost during a commit, the change may
 * have been saved: check before trying again.
 */
export class Unavailable extends AuthError {
  readonly code = "UNAVAILABLE";
  constructor(message: string, options?: ErrorOptions) {
    super(message, { actionRequired: "Try again shortly", retryAfterSeconds: 5 }, options);
  }
}
