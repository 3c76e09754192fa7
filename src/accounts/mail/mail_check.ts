import type { HasClock } from "../../lib/clock.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import { countDeadMails } from "./mail.ts";
import type { Mailer } from "../../platform/mail/mailer.ts";

const DEAD_SINCE_HOURS = 24;

/** How mail stands: whether the server can be reached, and how many mails were given up lately. */
export type MailState = { ok: boolean; message: string };

/** Asks the mail server, and the outbox. Without a mail server all is well: nothing needs one. */
export async function examineMail(
  services: HasDatabase & HasClock,
  mailer: Mailer | undefined,
): Promise<MailState> {
  if (!mailer) return { ok: true, message: "Not configured: set SMTP_URL and MAIL_FROM to send mail" };
  const reached = await reachMailer(mailer);
  if (!reached.ok) return reached;
  const since = new Date(services.now().getTime() - DEAD_SINCE_HOURS * 60 * 60 * 1000);
  // A database that is away has a check of its own.
  const dead = await countDeadMails(services.db, since).catch(() => 0);
  const givenUp = dead
    ? `; ${dead} given up in the last ${DEAD_SINCE_HOURS} h: look at the mails that are DEAD`
    : "";
  return { ok: true, message: reached.message + givenUp };
}

/** Whether the mail server lets us in. */
export async function reachMailer(mailer: Mailer): Promise<MailState> {
  try {
    await mailer.reach();
    return { ok: true, message: "Answers" };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { ok: false, message: `Cannot reach the mail server: ${words}. Check SMTP_URL` };
  }
}
