import { type Mailbox, parseAddress } from "./address.ts";
import type { Secret } from "../../lib/secret.ts";
import { sleep } from "../../lib/sleep.ts";
import { parseSmtpUrl, type SmtpServer } from "./smtp_url.ts";

/** A mail on its way out. */
export type Message = { id: string; to: string; subject: string; text: string; html: string };

/** The outside system that takes mail. */
export type Mailer = {
  /** Fulfilled when the server has taken responsibility for the mail. Throws `NotSent`. */
  send(message: Message, signal: AbortSignal): Promise<void>;
  /** Fulfilled when the server lets us in. Throws `NotSent`. */
  reach(): Promise<void>;
  /** Closes every connection at once; what is under way fails. */
  close(): Promise<void>;
};

/**
 * The server did not take the mail; perhaps it did, when the connection was lost at the end. The message holds the
 * server's words only when it cannot have seen the mail's.
 */
export class NotSent extends Error {
  override readonly name = "NotSent";
  /** `permanent`: the server refuses this mail for good (5xx), and would again. */
  constructor(message: string, readonly permanent: boolean, options?: ErrorOptions) {
    super(message, options);
  }
}

const TIMEOUTS_MS = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 20_000,
  dnsTimeout: 10_000,
};

/** nodemailer looks around once more so long after a connection has ended, also after it was closed. */
const AFTERMATH_MS = 110;

/** As many connections as an instance sends mails at a time. */
const CONNECTIONS = 10;

/** Sends through `server`. Connects when there is something to send, and keeps connections for a while. */
export function createMailer(server: SmtpServer, from: Mailbox): Mailer {
  const domain = from.address.slice(from.address.lastIndexOf("@") + 1);
  let pool: ReturnType<typeof openPool> | undefined;
  const opened = () => pool ??= openPool(server, domain);
  return {
    send: async ({ id, to, subject, text, html }, signal) => {
      // nodemailer takes a list apart, so nothing that could be one reaches it.
      const address = parseAddress(to);
      if (!address) throw new NotSent("Not sent: the recipient is no e-mail address", true);
      const message = {
        from,
        to: { name: "", address },
        envelope: { from: from.address, to: address },
        // The same one at every try, so that a mail that comes twice can be known as one.
        messageId: `<${id}@${domain}>`,
        subject,
        text,
        html,
        xMailer: false,
        // RFC 3834: nobody's holiday notice answers it.
        headers: { "Auto-Submitted": "auto-generated" },
        signal,
      } as const;
      await (await opened()).sendMail(message).catch((error) => {
        throw notSent(error);
      });
    },
    reach: async () => {
      await (await opened()).verify().catch((error) => {
        throw notSent(error);
      });
    },
    close: async () => {
      if (!pool) return;
      (await pool).close({ force: true });
      await sleep(AFTERMATH_MS);
    },
  };
}

/** nodemailer's connections to `server`, loaded when there is something to send: a start does not wait for it. */
async function openPool(server: SmtpServer, domain: string) {
  const { createTransport } = await import("nodemailer");
  return createTransport({
    pool: true,
    maxConnections: CONNECTIONS,
    maxRequeues: 1,
    host: server.host,
    port: server.port,
    secure: server.tls === "implicit",
    requireTLS: server.tls === "required",
    ignoreTLS: server.tls === "none",
    ...(server.auth ? { auth: server.auth } : {}),
    // How we say hello: asking the system for its name would need a permission.
    name: domain,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...TIMEOUTS_MS,
  });
}

/** Sends through the server that is configured; undefined when none is. */
export function configuredMailer(
  config: { SMTP_URL: Secret | undefined; MAIL_FROM: Mailbox | undefined },
): Mailer | undefined {
  const server = config.SMTP_URL && parseSmtpUrl(config.SMTP_URL.reveal());
  return server && config.MAIL_FROM && createMailer(server, config.MAIL_FROM);
}

/** What nodemailer's errors have. */
type SmtpFailure = Error & { code?: string; responseCode?: number; response?: string; command?: string };

function notSent(error: unknown): NotSent {
  const failure: SmtpFailure = error instanceof Error ? error : new Error(String(error));
  const { code = "", responseCode = 0 } = failure;
  const aboutTheMail = code === "EENVELOPE" || code === "EMESSAGE";
  const permanent = aboutTheMail && responseCode >= 500 && responseCode <= 599;
  return new NotSent(wordsOf(failure), permanent, { cause: error });
}

const MOST_WORDS = 200;

/** The reply's code (RFC 5321) and enhanced code (RFC 3463). */
const CODES = /^\d{3}([ -]\d\.\d{1,3}\.\d{1,3})?/;

/** The commands before DATA: what the server answers to them is not the mail's words, which it has not seen. */
const BEFORE_THE_MAIL = /^(CONN|EHLO|HELO|STARTTLS|AUTH|MAIL FROM|RCPT TO)/;

function wordsOf({ code, message, response, command = "" }: SmtpFailure): string {
  if (code === "EABORT") return "The server did not take it in time";
  if (response === undefined) return plain(message);
  const words = BEFORE_THE_MAIL.test(command) ? plain(response) : CODES.exec(response)?.[0] ?? "refused";
  return `${command}: ${words}`;
}

/** On one line, and not longer than a line. */
function plain(text: string): string {
  return text.replace(/[\s\p{C}]+/gu, " ").trim().slice(0, MOST_WORDS);
}
