import { UsernameTaken } from "../../accounts/users/users.ts";
import type { SignInMethod } from "../method.ts";
import { PASSKEY, PASSKEY_LIMITS } from "./passkey_terms.ts";

/** Sign-in with a passkey that has verified the user. It proves the second factor too. */
export const passkey = {
  id: PASSKEY,
  isOpenTo: ({ factors }) => factors.includes(PASSKEY),
  // The factor that the session has proven adds its own values.
  amr: [],
  mutations: ["signInWithPasskey", "registerWithPasskey"],
  variables: {},
  limits: PASSKEY_LIMITS,
  refusals: [UsernameTaken],
} as const satisfies SignInMethod;
