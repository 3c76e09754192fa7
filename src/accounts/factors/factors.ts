import { AuthError, type RefusalNote } from "../../lib/errors.ts";

/** Store functions. The caller must check permissions first. */
export {
  deleteFactor,
  deleteFactorsOf,
  type Factor,
  findFactorsOf,
  insertFactors,
  type NewFactor,
  renameFactorRow,
} from "./factor_store.ts";

export { pruneEnrolments } from "./totp/enrolment_store.ts";

export { deleteRecoveryCodes } from "./recovery_code_store.ts";

/** The proof or the flow is wrong, used or expired. One error for all, so that it does not tell which. */
export class SecondFactorRejected extends AuthError {
  readonly code = "SECOND_FACTOR_REJECTED";
  constructor(
    note: RefusalNote = {},
    message = "This second factor is wrong, was used, or came too late",
    actionRequired = "Try again with a new code; if no tries are left, sign in again",
  ) {
    super(message, { actionRequired });
    this.note = note;
  }
}

/** Rejects a passkey that a user wants to sign in with, or to add. */
export function passkeyRejected(note: RefusalNote): SecondFactorRejected {
  return new SecondFactorRejected(
    note,
    "This passkey cannot be used: it is unknown or known already, or its answer is wrong, was used, or came too late",
    "Try again, or choose another way",
  );
}

/** The caller has no such factor. */
export class FactorNotFound extends AuthError {
  readonly code = "FACTOR_NOT_FOUND";
  constructor(
    problem = "it does not exist, or belongs to another user",
    actionRequired = "Take the id from `User.factors`",
  ) {
    super(`Cannot find this factor: ${problem}`, { actionRequired });
  }
}

/** Removing it would leave the user without a way to sign in. */
export class LastWayIn extends AuthError {
  readonly code = "LAST_WAY_IN";
  constructor() {
    super("Cannot remove this passkey: it is your only way to sign in", {
      actionRequired: "Add another passkey, a password or a verified e-mail address first",
    });
  }
}
