import PostalMime from "postal-mime";

/** A received mail. */
export type ReceivedMail = {
  /** Counts from 1. */
  number: number;
  at: Date;
  /** The recipients in the SMTP envelope. */
  to: string[];
  from: string;
  subject: string;
  text: string;
  html: string;
  /** In order, with lower-case names. */
  headers: { name: string; value: string }[];
  raw: string;
};

type Waiter = { to: string; take: (mail: ReceivedMail) => void };

/** The last received mails, in memory. */
export class Inbox {
  readonly mails: ReceivedMail[] = [];
  #received = 0;
  #waiting = new Set<Waiter>();
  /** For each recipient, the number of the last mail that `next` returned. */
  #returned = new Map<string, number>();

  constructor(readonly maxMails: number) {}

  async add(envelope: { from: string; to: string[] }, raw: Uint8Array<ArrayBuffer>): Promise<void> {
    const { subject = "", text = "", html = "", headers } = await PostalMime.parse(raw);
    const mail: ReceivedMail = {
      number: ++this.#received,
      at: new Date(),
      ...envelope,
      subject,
      text,
      html,
      headers: headers.map(({ key, value }) => ({ name: key.toLowerCase(), value })),
      raw: new TextDecoder().decode(raw),
    };
    this.mails.push(mail);
    if (this.mails.length > this.maxMails) this.mails.shift();
    for (const waiter of this.#waiting) {
      if (mail.to.includes(waiter.to)) waiter.take(mail);
    }
  }

  /** Waits for the next mail to this address that `next` has not returned before. */
  next(to: string): Promise<ReceivedMail> {
    const last = this.#returned.get(to) ?? 0;
    const waiting = this.to(to).find((mail) => mail.number > last);
    const markReturned = (mail: ReceivedMail) => {
      this.#returned.set(to, mail.number);
      return mail;
    };
    if (waiting) return Promise.resolve(markReturned(waiting));
    return new Promise((resolve) => {
      const waiter: Waiter = {
        to,
        take: (mail) => {
          this.#waiting.delete(waiter);
          resolve(markReturned(mail));
        },
      };
      this.#waiting.add(waiter);
    });
  }

  /** The mails to this address, oldest first. */
  to(address: string): ReceivedMail[] {
    return this.mails.filter((mail) => mail.to.includes(address));
  }
}
