import { AuthError, InvalidInput } from "../../lib/errors.ts";
import {
  type EventSubjects,
  type NewEvent,
  newEvent,
  recordEvent,
  SYSTEM,
  writeEvents,
} from "../../events/events.ts";
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

/** Store functions. The caller must check permissions first. */
export {
  countDeadMails,
  countMails,
  countRetryingMails,
  findMail,
  forgetUsersMails,
  mailsTo,
  pageOfMails,
  pruneMails,
} from "./mail_store.ts";

/**
 *     QUEUED ──▶ SENDING ──▶ SENT
 *                  │  ▲
 *                  ▼  │
 *               RETRYING ──▶ DEAD   (from every open status: refused permanently, or expired)
 */
export type MailStatus = "QUEUED" | "SENDING" | "SENT" | "RETRYING" | "DEAD";

/** A mail in the outbox. Its content is sealed, and deleted once it is sent or given up. */
export type Mail = {
  id: string;
  to: string;
  /** Contains no code or token. */
  subject: string;
  status: MailStatus;
  /** Attempts so far, including a running one. */
  attempts: number;
  /** Why the last attempt failed; never the content of the mail. */
  lastError: string | null;
  createdAt: Date;
  sentAt: Date | null;
  /** The mail is not sent after this time. */
  expiresAt: Date;
  flowId: string | null;
  userId: string | null;
  sealed: string | null;
};

/** The name of the job queue of mails. */
export const MAIL_QUEUE = "mail.send";

/** The operation needs mail, and the server cannot send it. */
export class MailNotConfigured extends AuthError {
  readonly code = "MAIL_NOT_CONFIGURED";
  constructor() {
    super("Cannot send mail: no mail server is configured", {
      actionRequired: "Set SMTP_URL and MAIL_FROM, and start the server again",
    });
  }
}

function invalidAddress(): InvalidInput {
  return new InvalidInput("Cannot send mail to this address: it is not an e-mail address");
}

/**
 * The content that is sealed while the mail waits. `subject` is set if the reader's subject must not be
 * stored in the clear.
 */
export type MailBody = { text: string; html: string; subject?: string };

/** A mail to send. `subject` is stored in the clear, so it must not contain a code or token. */
export type NewMail = Omit<MailBody, "subject"> & {
  to: string;
  subject: string;
  /** The subject the reader sees, if it contains a code. Sealed with the rest. */
  sealedSubject?: string;
  /** The mail is not sent after this time, for example because its code has expired. */
  expiresAt: Date;
  userId?: string | null;
  flowId?: string | null;
};

type OutboxServices = HasEventLog & HasClock & HasKeys & HasQueue & HasMail;

/** Rows and events written in the same statement as the mail. */
export type MailCompanions = { insertions: readonly Insertion[]; events: readonly NewEvent[] };

/**
 * Queues a mail with its `companions` and records `mail.queued`, in one statement. Inside a transaction, the
 * mail is sent only if it commits. Attempts continue until `expiresAt`. A mail may arrive twice if the server
 * crashes while sending. Returns the id of the mail.
 *
 * @throws `MailNotConfigured`; `InvalidInput` if `to` is not an address; `TypeError` if a subject has several lines.
 */
export async function enqueueMail(
  services: OutboxServices,
  mail: NewMail,
  companions: MailCompanions = { insertions: [], events: [] },
): Promise<string> {
  if (!services.mailConfigured) throw new MailNotConfigured();
  const to = parseAddress(mail.to);
  if (!to) throw invalidAddress();
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

/** Stores a mail, its job and its companions in one statement. */
export async function storeMail(
  services: HasEventLog & HasQueue,
  mail: Mail,
  { insertions, events }: MailCompanions,
): Promise<void> {
  const job = await services.enqueue(MAIL_QUEUE, mail.id);
  await writeEvents(services, events, [...insertions, insertingMail(services.db, mail), job]);
}

/** Builds a mail that waits for its first attempt. */
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

/** Returns the part of a mail that is sealed. */
export function bodyOf({ text, html, sealedSubject }: NewMail): MailBody {
  return { text, html, ...(sealedSubject !== undefined && { subject: sealedSubject }) };
}

/**
 * Opens the content of an open mail, or the request whose mail is not written yet. Throws `CannotOpen`, for
 * example if its root secret is not configured here.
 */
export async function openMail(keys: HasKeys["keys"], mail: Mail): Promise<MailBody | MailRequest> {
  if (mail.sealed === null) throw new TypeError("Cannot open this mail: it was sent or given up");
  return await open(keys, "mail", mail.id, mail.sealed) as MailBody | MailRequest;
}

/** No mail with this id exists. */
export class MailNotFound extends AuthError {
  readonly code = "INVALID_INPUT";
  constructor() {
    super("Cannot find this mail: check the id", { actionRequired: "Look the mail up with `mails`" });
  }
}

/** The mail was sent or given up, and its content is deleted. */
export class MailOver extends AuthError {
  readonly code = "INVALID_INPUT";
  constructor(status: MailStatus) {
    super(`Cannot send this mail again: it is ${status}, and its content was deleted`, {
      actionRequired: "Repeat the request that led to the mail",
    });
  }
}

/**
 * Retries an open mail now, in addition to its scheduled attempt. Throws `MailNotConfigured`, `MailNotFound`
 * or `MailOver`.
 */
export async function resendMail(
  services: HasClock & HasEventLog & HasQueue & HasMail,
  id: string,
): Promise<void> {
  if (!services.mailConfigured) throw new MailNotConfigured();
  await inTransaction(services, async (tx) => {
    const mail = isId("mal", id) ? await lockMail(tx.db, id) : undefined;
    if (!mail) throw new MailNotFound();
    if (isFinished(mail)) throw new MailOver(mail.status);
    const job = await tx.enqueue(MAIL_QUEUE, id);
    await job.execute(tx.db);
    recordEvent(tx, "mail.queued", SYSTEM, subjectsOf(mail), { mailId: id });
  });
}

/** Whether the status is final. */
export function isFinished(mail: Mail): boolean {
  return mail.status === "SENT" || mail.status === "DEAD";
}

type MailTx = Tx<HasDatabase & HasClock>;

/** Marks the mail as SENDING and counts the attempt. */
export async function noteSending(tx: MailTx, mail: Mail): Promise<Mail> {
  const sending: Mail = { ...mail, status: "SENDING", attempts: mail.attempts + 1 };
  await updateMail(tx.db, sending);
  return sending;
}

/** Stores the recipient and content of a requested mail, and records `mail.queued`. */
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

/** Deletes a requested mail that must not be sent, and records `mail.dropped`. */
export async function dropMail(tx: MailTx, mail: Mail): Promise<undefined> {
  await deleteMail(tx.db, mail.id);
  recordEvent(tx, "mail.dropped", SYSTEM, subjectsOf(mail), { mailId: mail.id });
}

/** Marks the mail as SENT, deletes its content, and records `mail.sent`. */
export async function noteSent(tx: MailTx, mail: Mail): Promise<void> {
  const sent: Mail = { ...mail, status: "SENT", sentAt: tx.now(), sealed: null };
  await updateMail(tx.db, sent);
  recordEvent(tx, "mail.sent", SYSTEM, subjectsOf(mail), { mailId: mail.id, attempts: mail.attempts });
}

/** Stores the error of the attempt, and records `mail.retrying`. */
export async function noteRetrying(tx: MailTx, mail: Mail, error: string): Promise<void> {
  await updateMail(tx.db, { ...mail, status: "RETRYING", lastError: error });
  const { id: mailId, attempts } = mail;
  recordEvent(tx, "mail.retrying", SYSTEM, subjectsOf(mail), { mailId, attempts });
}

/**
 * Marks the mail as DEAD, deletes its content, and records `mail.dead`. Keeps the last error unless a new one
 * is given.
 */
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

/**
 * The event belongs to the user who has verified the address. A user who only claims it must not see in their own
 * events whether mails arrive there.
 */
function subjectsOf({ flowId, to }: Mail): EventSubjects {
  return { flowId, verifiedEmail: to.toLowerCase() };
}
