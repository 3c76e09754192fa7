import { whileDatabaseIsAway } from "../../platform/db/retry.ts";
import type { Outcome, Pauses } from "../../platform/jobs/queue.ts";
import { CannotOpen } from "../../platform/keys/seal.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import type { HasRandom } from "../../lib/crypto.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasLinkLifetimes } from "../links/links.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasPublicUrl } from "../../lib/public_url.ts";
import type { HasClock } from "../../lib/clock.ts";
import { isFinished, type Mail, noteDead, noteRetrying, noteSending, noteSent } from "./mail.ts";
import { type MailWriters, writtenMail } from "./mail_request.ts";
import { lockMail, lockOverdueMails } from "./mail_store.ts";
import { type Mailer, NotSent } from "../../platform/mail/mailer.ts";

/** The services of the mail worker. */
export type SendServices = HasClock & HasEventLog & HasKeys & HasRandom & HasPublicUrl & HasLinkLifetimes & {
  mailer: Mailer;
  writers: MailWriters;
  /** Called with the outcome of each mail, in the transaction that records it. */
  noteMail: (tx: Tx<HasDatabase & HasClock>, mail: Mail, outcome: MailOutcome) => Promise<void>;
};

/** The outcome of an attempt. */
export type MailOutcome = "sent" | "retrying" | "refused";

/** Pauses between attempts: short at first, because a user may be waiting for a code. */
export const MAIL_PAUSES: Pauses = { firstSeconds: 2, mostSeconds: 5 * 60 };

/** Maximum duration of one attempt, however slow the mail server is. */
const ATTEMPT_SECONDS = 30;

/**
 * Tries once to send a mail, unless it is finished or has expired, and records the outcome. If the server
 * crashes meanwhile, the mail stays SENDING and the next attempt starts again.
 */
export async function sendMail(services: SendServices, id: string, stop: AbortSignal): Promise<Outcome> {
  const begun = await begin(services, id);
  if (!begun) return "over";
  try {
    const mail = await writtenMail(services, begun);
    if (!mail) return "over";
    const leftMs = Math.max(0, mail.expiresAt.getTime() - services.now().getTime());
    const late = AbortSignal.timeout(Math.min(ATTEMPT_SECONDS * 1000, leftMs));
    await services.mailer.send(mail, AbortSignal.any([stop, late]));
  } catch (error) {
    if (!(error instanceof NotSent || error instanceof CannotOpen)) throw error;
    return await noteFailure(services, id, error);
  }
  // Retried while the database is away, because otherwise a sent mail would be sent again.
  await whileDatabaseIsAway(stop, () => recordSent(services, id));
  return "over";
}

function recordSent(services: SendServices, id: string): Promise<void> {
  return inTransaction(services, async (tx) => {
    const mail = await lockMail(tx.db, id);
    if (!mail || mail.status === "SENT") return;
    await noteSent(tx, mail);
    await services.noteMail(tx, mail, "sent");
  });
}

/** Marks the mail as SENDING. Returns undefined if there is nothing to send. */
function begin(services: SendServices, id: string): Promise<Mail | undefined> {
  return inTransaction(services, async (tx) => {
    const mail = await lockMail(tx.db, id);
    if (!mail || isFinished(mail)) return undefined;
    if (mail.expiresAt <= tx.now()) return await noteDead(tx, mail, "expired").then(() => undefined);
    return await noteSending(tx, mail);
  });
}

function noteFailure(services: SendServices, id: string, error: NotSent | CannotOpen): Promise<Outcome> {
  return inTransaction(services, async (tx) => {
    const mail = await lockMail(tx.db, id);
    if (!mail || isFinished(mail)) return "over";
    if (error instanceof NotSent && error.permanent) {
      await noteDead(tx, mail, "refused", error.message);
      await services.noteMail(tx, mail, "refused");
      return "over";
    }
    if (mail.expiresAt <= tx.now()) {
      await noteDead(tx, mail, "expired", error.message);
      return "over";
    }
    await noteRetrying(tx, mail, error.message);
    await services.noteMail(tx, mail, "retrying");
    return "again";
  });
}

/** Mails expired per transaction, few enough to keep it short. */
const EXPIRY_BATCH = 200;

/**
 * Gives up all expired open mails, including those with a later attempt scheduled and those left after the
 * mail server was removed from the configuration. Several instances may run it at once. Returns the number
 * given up by this call.
 */
export async function expireMails(services: HasClock & HasEventLog): Promise<number> {
  let expired = 0;
  while (true) {
    const batch = await inTransaction(services, async (tx) => {
      const overdue = await lockOverdueMails(tx.db, tx.now(), EXPIRY_BATCH);
      for (const mail of overdue) await noteDead(tx, mail, "expired");
      return overdue.length;
    });
    expired += batch;
    if (batch < EXPIRY_BATCH) return expired;
  }
}
