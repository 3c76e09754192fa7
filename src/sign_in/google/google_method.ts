import { StepUpRequired } from "../../accounts/factors/step_up.ts";
import {
  GoogleNotConfigured,
  GoogleTokenRejected,
  GoogleUnreachable,
  type HasGoogle,
} from "../../providers/google/api/google_api.ts";
import type { SignInMethod } from "../method.ts";
import { GOOGLE_RULES } from "./google_rules.ts";
import { GOOGLE, GOOGLE_SIGN_IN_LIMITS } from "./google_terms.ts";
import { LinkRequiresProof } from "./link_google.ts";

/** Sign-in with an ID token from the Google button. */
export const google = {
  id: GOOGLE,
  isOpenTo: ({ authId }) => authId !== null,
  amr: [],
  mutations: ["signInWithGoogle"],
  variables: {},
  limits: GOOGLE_SIGN_IN_LIMITS,
  refusals: [
    GoogleNotConfigured,
    GoogleUnreachable,
    GoogleTokenRejected,
    LinkRequiresProof,
    StepUpRequired,
  ],
  offers: ({ google: { clientId, buttonScript } }: HasGoogle) => ({
    google: clientId && buttonScript ? { clientId, buttonScript } : null,
  }),
  anonymousEvents: ["google.rejected"],
  rules: GOOGLE_RULES,
  foreignScripts: ({ google: { buttonScript } }: HasGoogle) =>
    buttonScript && new URL(".", buttonScript).href,
} as const satisfies SignInMethod;
