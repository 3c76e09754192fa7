import { AuthError, InvalidInput } from "../../lib/errors.ts";
import { type NewEvent, newEvent, recordEvent, SYSTEM, writeEvents } from "../../events/events.ts";
import type { Insertion } from "../../events/write_events.ts";
import { isId, newId } from "../../lib/ids.ts";
import { open, seal } from "../../platform/keys/seal.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import type { HasMail } from "../../platform/mail/mail_configured.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasQueue } from "../../platform/jobs/queue.ts";
import type { HasClock } from "../../lib/clock.ts";
import { parseAddress } from "../../platform/mail/address.ts";
import type { MailRequest } from "./mail_request.ts";
import { deleteMail, insertingMail, lockMail, updateMail } from "./mail_store.ts";

/** Mails as they are stored, for whoever has made sure of the caller's right. */
export { countDeadMails, findMail, forgetUsersMails, pageOfMails, pruneMails } from "./mail_store.ts";

/**
 *     QUEUED ──▶ SENDING ──▶ SENT
 *                  │  ▲
 *                  ▼  │
 *               RETRYING ──▶ DEAD   (from every open one: refused for good, or its time is over)
 */
export type MailStatus = "QUEUED" | "SENDING" | "SENT" | "RETRYING" | "DEAD";

/** A mail of the outbox. What it says is sealed, and gone when it was sent or given up. */
export type Mail = {
  id: string;
  to: string;
  /** Holds neither code nor token. */
  subject: string;
  status: MailStatus;
  /** Tries so far, the present one included. */
  attempts: number;
  /** Why the last try failed; never what the mail says. */
  lastError: string | null;
  createdAt: Date;
  sentAt: Date | null;
  /** After this it does not go out any more. */
  expiresAt: Date;
  flowId: string | null;
  userId: string | null;
  sealed: string | null;
};

/** The queue of mails to send. */
export const MAIL_QUEUE = "mail.send";

/** This server cannot send mail, and what was asked for needs it. */
export class MailNotConfigured extends AuthError {
  readonly code = "MAIL_NOT_CONFIGURED";
  constructor() {
    super("Cannot send mail: no mail server is configured", {
      actionRequired: "Set SMTP_URL and MAIL_FROM, and start the server again",
    });
  }
}

/** Nobody's mail: the address is not one, so nothing was queued. */
function noAddress(): InvalidInput {
  return new InvalidInput("Cannot send mail to this address: it is not an e-mail address");
}

/** What a mail says: sealed while it waits. `subject` is what its reader sees, where that must not be stored. */
export type MailBody = { text: string; html: string; subject?: string };

/** A mail to send. `subject` is stored in the clear: neither code nor token may be in it. */
export type NewMail = Omit<MailBody, "subject"> & {
  to: string;
  subject: string;
  /** The subject that its reader sees, when that holds a code: sealed like the rest. */
  sealedSubject?: string;
  /** After this it must not go out any more: a code that has expired helps nobody. */
  expiresAt: Date;
  userId?: string | null;
  flowId?: string | null;
};

type OutboxServices = HasEventLog & HasClock & HasKeys & HasQueue & HasMail;

/** What is written in the same statement as a mail. */
export type MailCompanions = { insertions: readonly Insertion[]; events: readonly NewEvent[] };

/**
 * Queues a mail with its `companions`, and records `mail.queued`, in one statement. Inside a transaction it is sent if
 * and only if that commits. It goes out until `expiresAt`, and may come twice when a server dies while it is sent.
 * Returns its id. Throws `MailNotConfigured`, `InvalidInput` when `to` is no address, and a `TypeError` for a subject
 * of more lines than one.
 */
export async function enqueueMail(
  services: OutboxServices,
  mail: NewMail,
  companions: MailCompanions = { insertions: [], events: [] },
): Promise<string> {
  if (!services.mailConfigured) throw new MailNotConfigured();
  const to = parseAddress(mail.to);
  if (!to) throw noAddress();
  if (/\p{C}/u.test(`${mail.subject}${mail.sealedSubject ?? ""}`)) {
    throw new TypeError("Cannot queue this mail: its subject is not one line");
  }
  const id = newId("mal");
  const sealed = await seal(services.keys, "mail", id, bodyOf(mail));
  const queued = queuedMail({ ...mail, to, id, createdAt: services.now(), sealed });
  const event = newEvent(services, "mail.queued", SYSTEM, subjectsOf(queued), { mailId: id });
  await storeMail(services, queued, { ...companions, events: [...companions.events, event] });
  return id;
}

/** Stores a mail and puts it into the queue, in one statement with its companions. */
export async function storeMail(
  services: HasEventLog & HasQueue,
  mail: Mail,
  { insertions, events }: MailCompanions,
): Promise<void> {
  const job = await services.enqueue(MAIL_QUEUE, mail.id);
  await writeEvents(services, events, [...insertions, insertingMail(services.db, mail), job]);
}

/** A mail that waits for its first try. */
export function queuedMail(
  { id, to, subject, createdAt, expiresAt, flowId, userId, sealed }:
    & Pick<Mail, "id" | "createdAt" | "sealed">
    & Pick<NewMail, "to" | "subject" | "expiresAt" | "flowId" | "userId">,
): Mail {
  return {
    id,
    to,
    subject,
    status: "QUEUED",
    attempts: 0,
    lastError: null,
    createdAt,
    sentAt: null,
    expiresAt,
    flowId: flowId ?? null,
    userId: userId ?? null,
    sealed,
  };
}

/** The part of a mail that is sealed. */
export function bodyOf({ text, html, sealedSubject }: NewMail): MailBody {
  return { text, html, ...(sealedSubject !== undefined && { subject: sealedSubject }) };
}

/**
 * What an open mail says, or the request for it that nothing was written for yet. Throws `CannotOpen`, for example when
 * its root secret is not configured here.
 */
export async function openMail(keys: HasKeys["keys"], mail: Mail): Promise<MailBody | MailRequest> {
  if (mail.sealed === null) throw new TypeError("Cannot open this mail: it was sent or given up");
  return await open(keys, "mail", mail.id, mail.sealed) as MailBody | MailRequest;
}

/** No mail of this id exists. */
export class MailNotFound extends AuthError {
  readonly code = "INVALID_INPUT";
  constructor() {
    super("Cannot find this mail: check the id", { actionRequired: "Look the mail up with `mails`" });
  }
}

/** What the mail said is gone: it was sent, or given up. */
export class MailOver extends AuthError {
  readonly code = "INVALID_INPUT";
  constructor(status: MailStatus) {
    super(`Cannot send this mail: it is over (${status}), and what it said is gone`, {
      actionRequired: "Have what it was for asked for once more",
    });
  }
}

/** Has an open mail tried at once, besides the try it waits for. Throws `MailNotFound` or `MailOver`. */
export async function resendMail(
  services: HasClock & HasEventLog & HasQueue & HasMail,
  id: string,
): Promise<void> {
  if (!services.mailConfigured) throw new MailNotConfigured();
  await inTransaction(services, async (tx) => {
    const mail = isId("mal", id) ? await lockMail(tx.db, id) : undefined;
    if (!mail) throw new MailNotFound();
    if (isOver(mail)) throw new MailOver(mail.status);
    const job = await tx.enqueue(MAIL_QUEUE, id);
    await job.execute(tx.db);
    recordEvent(tx, "mail.queued", SYSTEM, subjectsOf(mail), { mailId: id });
  });
}

/** Whether nothing changes any more. */
export function isOver(mail: Mail): boolean {
  return mail.status === "SENT" || mail.status === "DEAD";
}

type MailTx = Tx<HasDatabase & HasClock>;

/** Notes that a try begins. */
export async function noteSending(tx: MailTx, mail: Mail): Promise<Mail> {
  const sending: Mail = { ...mail, status: "SENDING", attempts: mail.attempts + 1 };
  await updateMail(tx.db, sending);
  return sending;
}

/** Addresses a requested mail and keeps what it says, and records `mail.queued`. */
export async function noteWritten(
  tx: MailTx,
  mail: Mail,
  { to, subject, expiresAt, userId = null }: NewMail,
  sealed: string,
): Promise<Mail> {
  const written: Mail = { ...mail, to, subject, expiresAt, userId, sealed };
  await updateMail(tx.db, written);
  recordEvent(tx, "mail.queued", SYSTEM, subjectsOf(written), { mailId: mail.id });
  return written;
}

/** Deletes a requested mail that its address does not get, and records `mail.dropped`. */
export async function dropMail(tx: MailTx, mail: Mail): Promise<undefined> {
  await deleteMail(tx.db, mail.id);
  recordEvent(tx, "mail.dropped", SYSTEM, subjectsOf(mail), { mailId: mail.id });
}

/** Notes that the mail was taken, forgets what it said, and records `mail.sent`. */
export async function noteSent(tx: MailTx, mail: Mail): Promise<void> {
  const sent: Mail = { ...mail, status: "SENT", sentAt: tx.now(), sealed: null };
  await updateMail(tx.db, sent);
  recordEvent(tx, "mail.sent", SYSTEM, subjectsOf(mail), { mailId: mail.id, attempts: mail.attempts });
}

/** Notes why it was not taken this time, and records `mail.retrying`. */
export async function noteRetrying(tx: MailTx, mail: Mail, error: string): Promise<void> {
  await updateMail(tx.db, { ...mail, status: "RETRYING", lastError: error });
  const { id: mailId, attempts } = mail;
  recordEvent(tx, "mail.retrying", SYSTEM, subjectsOf(mail), { mailId, attempts });
}

/** Gives the mail up, forgets what it said, and records `mail.dead`. The last error stays unless there is another. */
export async function noteDead(
  tx: MailTx,
  mail: Mail,
  reason: "refused" | "expired",
  error: string | null = mail.lastError,
): Promise<void> {
  await updateMail(tx.db, { ...mail, status: "DEAD", lastError: error, sealed: null });
  const { id: mailId, attempts } = mail;
  recordEvent(tx, "mail.dead", SYSTEM, subjectsOf(mail), { mailId, attempts, reason });
}

/** Not whose it is: whether a mail went to somebody else is nobody's to read in their own events. */
function subjectsOf(mail: Mail) {
  return { flowId: mail.flowId };
}
