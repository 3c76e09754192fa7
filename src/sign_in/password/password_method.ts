import type { Values } from "../../platform/config/variable.ts";
import type { SignInMethod } from "../method.ts";
import { writeResetMail } from "./change_password.ts";
import { type HasPasswordPolicy, WeakPassword } from "./password_policy.ts";
import { PASSWORD_RULES } from "./password_rules.ts";
import { passwordCountersOf } from "./password_tries.ts";
import { PASSWORD, PASSWORD_LIMITS, PASSWORD_VARIABLES } from "./password_terms.ts";
import { writeRegistrationMail } from "./register.ts";
import { InvalidCredentials } from "./sign_in_with_password.ts";

/** Sign-in with a password, by username or verified e-mail address. */
export const password = {
  id: PASSWORD,
  isOpenTo: ({ hasPassword }) => hasPassword,
  amr: ["pwd"],
  mutations: ["signInWithPassword", "register"],
  variables: PASSWORD_VARIABLES,
  limits: PASSWORD_LIMITS,
  settings: ({ PASSWORD_MIN_CHARACTERS }: Values<typeof PASSWORD_VARIABLES>): HasPasswordPolicy => ({
    leastPasswordCharacters: PASSWORD_MIN_CHARACTERS,
  }),
  refusals: [InvalidCredentials],
  doneRefusals: [InvalidCredentials, WeakPassword],
  offers: ({ leastPasswordCharacters }: HasPasswordPolicy) => ({ leastPasswordCharacters }),
  rules: PASSWORD_RULES,
  countersOf: passwordCountersOf,
  mails: { "password reset": writeResetMail, registration: writeRegistrationMail },
} as const satisfies SignInMethod;
