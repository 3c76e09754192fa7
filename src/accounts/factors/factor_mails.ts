import { enqueueMail } from "../mail/mail.ts";
import { type LinkMail, mail } from "../links/link_mails.ts";
import type { User } from "../users/users.ts";
import type { HasEventLog, Tx } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasMail } from "../../platform/mail/mail_configured.ts";
import type { HasQueue } from "../../platform/jobs/queue.ts";

/** The services that `notify` uses. */
export type NoticeServices = HasClock & HasEventLog & HasKeys & HasMail & HasQueue;

/** How long the server tries to deliver a notice. */
const NOTICE_MS = 24 * 60 * 60 * 1000;

/** Mails the notice to the user's verified address. Does nothing if there is none, or the server sends no mail. */
export async function notify(tx: Tx<NoticeServices>, user: User, notice: LinkMail): Promise<void> {
  if (!tx.mailConfigured || !user.email || !user.emailVerifiedAt) return;
  const expiresAt = new Date(tx.now().getTime() + NOTICE_MS);
  await enqueueMail(tx, { to: user.email, ...notice, expiresAt, userId: user.id });
}

/** The mail about a factor that was added or removed. */
export function factorChangedMail(change: "added" | "removed", name: string): LinkMail {
  return mail(`A second factor was ${change}`, [
    `The second factor "${name}" was ${change} ${change === "added" ? "to" : "from"} your account.`,
    "If it was not you, change your password at once, and look at the second factors and devices of your account.",
  ]);
}

/** The mail about the use of a recovery code, with the number of codes left. */
export function recoveryCodeUsedMail(left: number): LinkMail {
  return mail("A recovery code was used", [
    `A recovery code of your account was used. ${left === 1 ? "1 is" : `${left} are`} left.`,
    ...(left <= FEW_LEFT ? ["Few are left: create new ones in your account."] : []),
    "If it was not you, change your password at once, and create new recovery codes.",
  ]);
}

/** With this many codes left or fewer, the mail asks for new ones. */
const FEW_LEFT = 3;

/** The mail about new recovery codes. */
export function recoveryCodesReplacedMail(): LinkMail {
  return mail("Your recovery codes were replaced", [
    "New recovery codes were created for your account, and the earlier ones no longer work.",
    "If it was not you, change your password at once, and look at the second factors and devices of your account.",
  ]);
}

/** The mail about a reset by an operator. */
export function factorsResetMail(): LinkMail {
  return mail("Your second factors were removed", [
    "An operator of this service has removed all second factors of your account, and every device was signed out.",
    "If you did not ask for it, contact the operator, and add a second factor again after your next sign-in.",
  ]);
}
