import { writeVerificationMail } from "../accounts/links/email_verification.ts";
import type { MailWriters } from "../accounts/mail/mail_request.ts";
import type { SendServices } from "../accounts/mail/send_mail.ts";
import { merged } from "../lib/intersection.ts";
import { ANY_METHODS, SIGN_IN_METHODS } from "../sign_in/methods.ts";

/** The writers of mails that were requested by address. */
export const MAIL_WRITERS: MailWriters = {
  verification: writeVerificationMail,
  ...merged(SIGN_IN_METHODS.flatMap((method) => "mails" in method ? [method.mails] : [])),
};

/** Reports the outcome of a mail to the sign-in methods. */
export const noteMail: SendServices["noteMail"] = async (...outcome) => {
  for (const method of ANY_METHODS) await method.noteMail?.(...outcome);
};
