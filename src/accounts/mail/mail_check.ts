import type { HasClock } from "../../lib/clock.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import { countDeadMails, countRetryingMails } from "./mail.ts";
import type { Mailer } from "../../platform/mail/mailer.ts";

const DEAD_SINCE_HOURS = 24;

/** The result of the mail check, with a message for operators. */
export type MailState = { ok: boolean; message: string };

/**
 * Checks the mail server, and counts the mails given up recently. Passes if no mail server is configured,
 * because mail is optional.
 */
export async function examineMail(
  services: HasDatabase & HasClock,
  mailer: Mailer | undefined,
): Promise<MailState> {
  if (!mailer) return { ok: true, message: "Not configured: set SMTP_URL and MAIL_FROM to send mail" };
  const reached = await reachMailer(mailer);
  if (!reached.ok) return reached;
  const since = new Date(services.now().getTime() - DEAD_SINCE_HOURS * 60 * 60 * 1000);
  // The database has its own check.
  const dead = await countDeadMails(services.db, since).catch(() => 0);
  const givenUp = dead
    ? `; ${dead} given up in the last ${DEAD_SINCE_HOURS} h: look at the mails that are DEAD`
    : "";
  return { ok: true, message: reached.message + givenUp };
}

/** Fails while mails wait for another attempt after a temporary failure. The database has its own check. */
export async function examineMailQueue({ db }: HasDatabase): Promise<MailState> {
  const { mails, attempts } = await countRetryingMails(db).catch(() => ({ mails: 0, attempts: 0 }));
  if (mails === 0) return { ok: true, message: "No mail is retrying" };
  const waiting = mails === 1 ? "1 mail waits" : `${mails} mails wait`;
  return {
    ok: false,
    message: `${waiting} for another attempt, after up to ${attempts}. Look at the mails, and check SMTP_URL`,
  };
}

/** Checks that the server can connect and log in to the mail server. */
export async function reachMailer(mailer: Mailer): Promise<MailState> {
  try {
    await mailer.reach();
    return { ok: true, message: "Answers" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, message: `Cannot reach the mail server: ${reason}. Check SMTP_URL` };
  }
}
