import { newEvent, type Origin, SYSTEM } from "../../events/events.ts";
import { newId } from "../../lib/ids.ts";
import { seal } from "../../platform/keys/seal.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import type { HasRandom } from "../../lib/crypto.ts";
import type { HasMail } from "../../platform/mail/mail_configured.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasLinkLifetimes, LinkPurpose } from "../links/links.ts";
import type { HasQueue } from "../../platform/jobs/queue.ts";
import type { HasPublicUrl } from "../../lib/public_url.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { Named } from "../users/names.ts";
import {
  bodyOf,
  dropMail,
  type Mail,
  type MailBody,
  MailNotConfigured,
  type NewMail,
  noteWritten,
  openMail,
  queuedMail,
  storeMail,
} from "./mail.ts";
import { lockMail } from "./mail_store.ts";

/**
 * A mail requested by address. Its account is looked up when the mail is sent, not when it is requested: the
 * requesting operation does the same work for every address, so its time reveals nothing about accounts.
 */
export type MailRequest = {
  /** The key of its writer in `MailWriters`. */
  purpose: string;
  email: Named;
  /** The caller, for the events recorded while writing the mail. */
  origin: Origin;
  /** The account that the mail is about, if the request names it. */
  userId?: string;
  /** Whether the mail carries `deviceLink`. */
  carriesDeviceLink?: boolean;
  /** The password hash of the account to create if the address has none. */
  passwordHash?: string;
};

type WriterServices = HasClock & HasEventLog & HasKeys & HasRandom & HasPublicUrl & HasLinkLifetimes;

/** The transaction in which a requested mail is written. */
export type WriterTx = Tx<WriterServices>;

/** The writers of requested mails, by purpose. A writer returns undefined if no mail must be sent. */
export type MailWriters = Readonly<
  Record<string, (tx: WriterTx, request: MailRequest) => Promise<NewMail | undefined>>
>;

/**
 * Queues a request and records `mail.requested`, in one statement. The request expires after the lifetime of
 * a link of the purpose `link`. Throws `MailNotConfigured`.
 */
export async function requestMail(
  services: HasClock & HasEventLog & HasKeys & HasQueue & HasMail & HasLinkLifetimes,
  link: LinkPurpose,
  request: MailRequest,
): Promise<void> {
  if (!services.mailConfigured) throw new MailNotConfigured();
  const { purpose, email } = request;
  const id = newId("mal");
  const createdAt = services.now();
  const expiresAt = new Date(createdAt.getTime() + services.linkSeconds[link] * 1000);
  const sealed = await seal(services.keys, "mail", id, request);
  const mail = queuedMail({ id, to: email.typed, subject: purpose, createdAt, expiresAt, sealed });
  const event = newEvent(services, "mail.requested", SYSTEM, { verifiedEmail: email.key }, { mailId: id });
  await storeMail(services, mail, { insertions: [], events: [event] });
}

/** A mail with its content. */
export type WrittenMail = Mail & MailBody;

/**
 * Returns the open mail with its content. Writes a requested mail first. Returns undefined if there is
 * nothing to send. Throws `CannotOpen`.
 */
export async function writtenMail(
  services: WriterServices & { writers: MailWriters },
  mail: Mail,
): Promise<WrittenMail | undefined> {
  const contents = await openMail(services.keys, mail);
  return "purpose" in contents ? await writeMail(services, mail.id) : { ...mail, ...contents };
}

/**
 * Writes a requested mail and records `mail.queued`, or deletes it and records `mail.dropped` if no mail must
 * be sent. A parallel worker may have written it already.
 */
function writeMail(
  services: WriterServices & { writers: MailWriters },
  id: string,
): Promise<WrittenMail | undefined> {
  return inTransaction(services, async (tx) => {
    const mail = await lockMail(tx.db, id);
    if (!mail || mail.sealed === null) return undefined;
    const contents = await openMail(tx.keys, mail);
    if (!("purpose" in contents)) return { ...mail, ...contents };
    const write = tx.writers[contents.purpose];
    if (!write) throw new TypeError(`No mail is written for the purpose ${contents.purpose}`);
    const written = await write(tx, contents);
    if (!written) return await dropMail(tx, mail);
    const body = bodyOf(written);
    const sealed = await seal(tx.keys, "mail", id, body);
    return { ...await noteWritten(tx, mail, written, sealed), ...body };
  });
}
