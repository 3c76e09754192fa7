import { writeResetMail } from "../sign_in/password/change_password.ts";
import { writeVerificationMail } from "../accounts/links/email_verification.ts";
import { writeRegistrationMail } from "../sign_in/password/register.ts";
import type { MailWriters } from "../accounts/mail/mail_request.ts";

/** Writes the mails that were requested by address. */
export const MAIL_WRITERS: MailWriters = {
  "password reset": writeResetMail,
  verification: writeVerificationMail,
  registration: writeRegistrationMail,
};
