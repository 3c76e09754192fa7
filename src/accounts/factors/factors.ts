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

export { deleteRecoveryCodes } from "./recovery_code_store.ts";

/** The proof, flow, enrolment or ceremony is wrong, used or expired. One error for all, so that it reveals nothing. */
export class SecondFactorRejected extends AuthError {
  readonly code = "SECOND_FACTOR_REJECTED";
  constructor(
    note: RefusalNote = {},
    message = "This second factor is wrong or used, or the time for it is over",
    actionRequired = "Try again with a new code. If no tries are left, sign in again",
  ) {
    super(message, { actionRequired });
    this.note = note;
  }
}

/** Returns the error for a passkey that cannot be added or used. The note tells operators the reason. */
export function passkeyRejected(note: RefusalNote): SecondFactorRejected {
  return new SecondFactorRejected(
    note,
    "Cannot use this passkey: it is unknown or already added, or its response is wrong, used or too late",
    "Try again, or choose another way to sign in",
  );
}

/** The factor does not exist or belongs to another user (one error for both), or the user has no factors. */
export class FactorNotFound extends AuthError {
  readonly code = "FACTOR_NOT_FOUND";
  constructor(
    problem = "it does not exist, or belongs to another user",
    actionRequired = "Take the id from `User.factors`",
  ) {
    super(`Cannot find this factor: ${problem}`, { actionRequired });
  }
}

/** Without this passkey, the user would have no sign-in method. */
export class LastWayIn extends AuthError {
  readonly code = "LAST_WAY_IN";
  constructor() {
    super("Cannot remove this passkey: it is your only way to sign in", {
      actionRequired: "Add another passkey, a password or a verified e-mail address first",
    });
  }
}
