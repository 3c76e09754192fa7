import type { SignInMethod } from "../method.ts";
import { writeResetMail } from "./change_password.ts";
import type { HasPasswordPolicy } from "./password_policy.ts";
import { PASSWORD } from "./password_terms.ts";
import { writeRegistrationMail } from "./register.ts";
import { InvalidCredentials } from "./sign_in_with_password.ts";

/** Signing in by username, or by a verified e-mail address, with a password. */
export const password = {
  id: PASSWORD,
  isOpenTo: ({ hasPassword }) => hasPassword,
  mutations: ["signInWithPassword", "register"],
  refusals: [InvalidCredentials],
  offers: ({ leastPasswordCharacters }: HasPasswordPolicy) => ({ leastPasswordCharacters }),
  mails: { "password reset": writeResetMail, registration: writeRegistrationMail },
} as const satisfies SignInMethod;
