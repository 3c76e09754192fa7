import PostalMime from "postal-mime";

/** A mail as it came in. */
export type ReceivedMail = {
  /** Counts from 1. */
  number: number;
  at: Date;
  /** The envelope's: who it really is for. */
  to: string[];
  from: string;
  subject: string;
  text: string;
  html: string;
  /** In order, names in lower case. */
  headers: { name: string; value: string }[];
  raw: string;
};

type Waiter = { to: string; take: (mail: ReceivedMail) => void };

/** The last mails that came, in memory alone. */
export class Inbox {
  readonly mails: ReceivedMail[] = [];
  #received = 0;
  #waiting = new Set<Waiter>();
  /** By recipient, the number of the mail last given by `next`. */
  #given = new Map<string, number>();

  constructor(readonly most: number) {}

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
    if (this.mails.length > this.most) this.mails.shift();
    for (const waiter of this.#waiting) {
      if (mail.to.includes(waiter.to)) waiter.take(mail);
    }
  }

  /** The next mail to this address that `next` has not given yet, once it is there. */
  next(to: string): Promise<ReceivedMail> {
    const given = this.#given.get(to) ?? 0;
    const here = this.to(to).find((mail) => mail.number > given);
    const give = (mail: ReceivedMail) => {
      this.#given.set(to, mail.number);
      return mail;
    };
    if (here) return Promise.resolve(give(here));
    return new Promise((resolve) => {
      const waiter: Waiter = {
        to,
        take: (mail) => {
          this.#waiting.delete(waiter);
          resolve(give(mail));
        },
      };
      this.#waiting.add(waiter);
    });
  }

  /** Those to this address, oldest first. */
  to(address: string): ReceivedMail[] {
    return this.mails.filter((mail) => mail.to.includes(address));
  }
}
