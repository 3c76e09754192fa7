import { CodeRejected } from "../../lib/errors.ts";
import type { HasMail } from "../../platform/mail/mail_configured.ts";
import type { SignInMethod } from "../method.ts";
import { noteMailOnFlow, pruneCodes } from "./email_code.ts";
import { EMAIL_CODE } from "./email_code_terms.ts";

/** Signing in with six digits that were mailed to an address. */
export const emailCode = {
  id: EMAIL_CODE,
  isOpenTo: ({ emailVerifiedAt }) => emailVerifiedAt !== null,
  mutations: ["verifyEmailCode"],
  refusals: [CodeRejected],
  offers: ({ mailConfigured }: HasMail) => ({ mail: mailConfigured }),
  flow: { kind: EMAIL_CODE, pruned: true },
  noteMail: noteMailOnFlow,
  prune: ({ db, now }) => pruneCodes(db, now()),
} as const satisfies SignInMethod;
