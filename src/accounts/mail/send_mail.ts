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
import { isOver, type Mail, noteDead, noteRetrying, noteSending, noteSent } from "./mail.ts";
import { type MailWriters, writtenMail } from "./mail_request.ts";
import { lockMail, lockOverdueMails } from "./mail_store.ts";
import { type Mailer, NotSent } from "../../platform/mail/mailer.ts";

/** What sending takes. */
export type SendServices = HasClock & HasEventLog & HasKeys & HasRandom & HasPublicUrl & HasLinkLifetimes & {
  mailer: Mailer;
  writers: MailWriters;
  /** Called with the outcome of each mail, in the transaction that records it. */
  noteMail: (tx: Tx<HasDatabase & HasClock>, mail: Mail, outcome: MailOutcome) => Promise<void>;
};

/** What became of a try. */
export type MailOutcome = "sent" | "retrying" | "refused";

/** Between the tries to send a mail: soon at first, for a person may be waiting for a code. */
export const MAIL_PAUSES: Pauses = { firstSeconds: 2, mostSeconds: 5 * 60 };

/** What a server may take for one mail, however slowly it talks. */
const ATTEMPT_SECONDS = 30;

/**
 * One try to send a mail, unless it is over or its time is. Notes what became of it. A server that dies in the
 * middle leaves it SENDING, and the next one begins again.
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
  // What has gone out must not go out again because our database is away for a moment.
  await whileDatabaseIsAway(stop, () => noteTaken(services, id));
  return "over";
}

function noteTaken(services: SendServices, id: string): Promise<void> {
  return inTransaction(services, async (tx) => {
    const mail = await lockMail(tx.db, id);
    if (!mail || mail.status === "SENT") return;
    await noteSent(tx, mail);
    await services.noteMail(tx, mail, "sent");
  });
}

/** The mail, noted as SENDING; undefined when nothing is to be sent any more. */
function begin(services: SendServices, id: string): Promise<Mail | undefined> {
  return inTransaction(services, async (tx) => {
    const mail = await lockMail(tx.db, id);
    if (!mail || isOver(mail)) return undefined;
    if (mail.expiresAt <= tx.now()) return await noteDead(tx, mail, "expired").then(() => undefined);
    return await noteSending(tx, mail);
  });
}

function noteFailure(services: SendServices, id: string, error: NotSent | CannotOpen): Promise<Outcome> {
  return inTransaction(services, async (tx) => {
    const mail = await lockMail(tx.db, id);
    if (!mail || isOver(mail)) return "over";
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

/** Mails given up in one transaction: short enough to hold nobody up. */
const EXPIRY_BATCH = 200;

/**
 * Gives up every open mail whose time is over, so that none waits for a try that is still far, or for a mail server
 * that is not configured any more. Several instances may do it at once. Returns how many were given up here.
 */
export async function expireMails(services: HasClock & HasEventLog): Promise<number> {
  let given = 0;
  while (true) {
    const batch = await inTransaction(services, async (tx) => {
      const overdue = await lockOverdueMails(tx.db, tx.now(), EXPIRY_BATCH);
      for (const mail of overdue) await noteDead(tx, mail, "expired");
      return overdue.length;
    });
    given += batch;
    if (batch < EXPIRY_BATCH) return given;
  }
}
