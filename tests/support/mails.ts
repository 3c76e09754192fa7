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

/** Builds a mail that expires in ten minutes, with the properties of `input`. */
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

/** Queues a mail in its own transaction, and returns its id. */
export function queueMail(app: TestApp, input: Partial<NewMail> = {}): Promise<string> {
  return inTransaction(app.services, (tx) => enqueueMail(tx, newMail(app, input)));
}

/** Waits until the mail has this status, and returns it. */
export function mailIs(app: TestApp, id: string, status: MailStatus): Promise<Mail> {
  return eventually(`the mail is ${status}`, async () => {
    const mail = await findMail(app.services.db, id);
    return mail?.status === status && mail;
  });
}
