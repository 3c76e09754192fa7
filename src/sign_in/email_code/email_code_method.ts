import { CodeRejected } from "../../lib/errors.ts";
import type { Values } from "../../platform/config/variable.ts";
import type { HasMail } from "../../platform/mail/mail_configured.ts";
import type { SignInMethod } from "../method.ts";
import type { HasCodeLifetime } from "./code.ts";
import { CODE_RULES } from "./code_rules.ts";
import { attemptsLeft, noteMailOnFlow, pruneCodes } from "./email_code.ts";
import { CODE_LIMITS, CODE_VARIABLES, EMAIL_CODE } from "./email_code_terms.ts";

/** Sign-in with a six-digit code mailed to an address. */
export const emailCode = {
  id: EMAIL_CODE,
  isOpenTo: ({ emailVerifiedAt }) => emailVerifiedAt !== null,
  amr: ["otp"],
  mutations: ["verifyEmailCode"],
  variables: CODE_VARIABLES,
  limits: CODE_LIMITS,
  settings: ({ EMAIL_CODE_MINUTES }: Values<typeof CODE_VARIABLES>): HasCodeLifetime => ({
    emailCodeSeconds: EMAIL_CODE_MINUTES * 60,
  }),
  refusals: [CodeRejected],
  offers: ({ mailConfigured }: HasMail) => ({ mail: mailConfigured }),
  flow: { kind: EMAIL_CODE, keptDays: 30 },
  noteMail: noteMailOnFlow,
  rules: CODE_RULES,
  loaders: { attemptsLeft },
  prune: ({ db, now }) => pruneCodes(db, now()),
} as const satisfies SignInMethod;
