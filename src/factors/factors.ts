import { AuthError } from "../lib/errors.ts";

export { type Factor, findFactorsOf } from "./factor_store.ts";

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
