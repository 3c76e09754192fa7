import {
  enqueueMail,
  findMail,
  type Mail,
  type MailStatus,
  type NewMail,
} from "../../src/accounts/mail/mail.ts";
import { inTransaction } from "../../src/events/transaction.ts";
import type { TestApp } from "./app.ts";
import { eventually } from "./eventually.ts";

/** A mail that may go out for ten minutes, with what `input` says. */
export function newMail(app: Pick<TestApp, "clock">, input: Partial<NewMail> = {}): NewMail {
  return {
    to: "ada@example.test",
    subject: "Hello",
    text: "Hello, Ada",
    html: "<p>Hello, Ada</p>",
    expiresAt: new Date(app.clock.now().getTime() + 10 * 60 * 1000),
    ...input,
  };
}

/** Queues it in a transaction of its own. Returns its id. */
export function queueMail(app: TestApp, input: Partial<NewMail> = {}): Promise<string> {
  return inTransaction(app.services, (tx) => enqueueMail(tx, newMail(app, input)));
}

/** The mail once it has this status. */
export function mailIs(app: TestApp, id: string, status: MailStatus): Promise<Mail> {
  return eventually(`the mail is ${status}`, async () => {
    const mail = await findMail(app.services.db, id);
    return mail?.status === status && mail;
  });
}
