import { RecentSignInRequired } from "../../src/operations/caller.ts";
import { CodeRejected } from "../../src/lib/errors.ts";
import { MailNotConfigured, MailNotFound, MailOver } from "../../src/accounts/mail/mail.ts";
import { OperatorNotFound } from "../../src/operations/operators/operators.ts";
import { ANY_METHODS } from "../../src/sign_in/methods.ts";
import { SessionNotFound } from "../../src/accounts/sessions/sessions.ts";
import { UserNotFound } from "../../src/accounts/users/users.ts";
import { COMMON_ERRORS, errorType } from "./errors.ts";

/** Refusals that several unions share. */
export const CODE_REJECTED = errorType(
  CodeRejected,
  "The code or link is wrong, used or expired: one answer for all.",
);
export const MAIL_NOT_CONFIGURED = errorType(MailNotConfigured, "This server cannot send mail.");
export const RECENT_SIGN_IN_REQUIRED = errorType(
  RecentSignInRequired,
  "It takes a sign-in within the last ten minutes.",
);

export const USER_NOT_FOUND = errorType(UserNotFound, "No user of this id exists.");

/** What a mutation that answers `Done` can be refused with. */
export const DONE_ERRORS = [
  ...ANY_METHODS.flatMap(({ doneRefusals = [] }) => doneRefusals),
  CODE_REJECTED,
  MAIL_NOT_CONFIGURED,
  errorType(SessionNotFound, "No session of this id goes on, or it is somebody else's: one answer for both."),
  USER_NOT_FOUND,
  errorType(MailNotFound, "No mail of this id exists."),
  errorType(MailOver, "The mail was sent or given up, and what it said is gone."),
  errorType(OperatorNotFound, "No operator of this id exists."),
  ...COMMON_ERRORS,
];
