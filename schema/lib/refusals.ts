import { FactorNotFound, LastWayIn } from "../../src/accounts/factors/factors.ts";
import { StepUpRequired } from "../../src/accounts/factors/step_up.ts";
import { CodeRejected } from "../../src/lib/errors.ts";
import { MailNotConfigured, MailNotFound, MailOver } from "../../src/accounts/mail/mail.ts";
import { ApiKeyNotFound } from "../../src/operations/api_keys/api_keys.ts";
import { OperatorNotFound } from "../../src/operations/operators/operators.ts";
import { ANY_METHODS } from "../../src/sign_in/methods.ts";
import { SessionNotFound } from "../../src/accounts/sessions/sessions.ts";
import { UsernameTaken, UserNotFound } from "../../src/accounts/users/users.ts";
import { COMMON_ERRORS, errorType } from "./errors.ts";

/** Errors that several unions share. */
export const CODE_REJECTED = errorType(
  CodeRejected,
  "The code or link is wrong, used or expired. All cases return this error. Request a new one.",
);
export const MAIL_NOT_CONFIGURED = errorType(MailNotConfigured, "This server has no mail server configured.");
export const STEP_UP_REQUIRED = errorType(
  StepUpRequired,
  "The caller has not proven their strongest factor in this session within the last ten minutes: call `startStepUp`. Users without a second factor sign in again.",
);

export const FACTOR_NOT_FOUND = errorType(
  FactorNotFound,
  "The factor does not exist or belongs to another user, or the account has no second factor.",
);

export const USERNAME_TAKEN = errorType(
  UsernameTaken,
  "Another user has this name; names are not case-sensitive. Choose another name.",
);

export const USER_NOT_FOUND = errorType(UserNotFound, "No user with this id exists.");

/** The errors that a mutation with the result `Done` can return. */
export const DONE_ERRORS = [
  ...ANY_METHODS.flatMap(({ doneRefusals = [] }) => doneRefusals),
  CODE_REJECTED,
  MAIL_NOT_CONFIGURED,
  errorType(
    SessionNotFound,
    "The session does not exist, has ended, or belongs to another user. All cases return this error.",
  ),
  USER_NOT_FOUND,
  STEP_UP_REQUIRED,
  FACTOR_NOT_FOUND,
  errorType(LastWayIn, "Without this passkey, the user would have no sign-in method. Add another one first."),
  errorType(MailNotFound, "No mail with this id exists."),
  errorType(MailOver, "The mail was sent or abandoned, and its text is deleted. Request a new mail."),
  errorType(OperatorNotFound, "No operator with this id exists."),
  errorType(ApiKeyNotFound, "No API key with this id exists: it was revoked or has expired."),
  ...COMMON_ERRORS,
];
