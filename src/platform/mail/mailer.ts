import { type Mailbox, parseAddress } from "./address.ts";
import type { Secret } from "../../lib/secret.ts";
import { sleep } from "../../lib/sleep.ts";
import { parseSmtpUrl, type SmtpServer } from "./smtp_url.ts";

/** A mail to send. */
export type Message = { id: string; to: string; subject: string; text: string; html: string };

/** The mail server. */
export type Mailer = {
  /** Resolves when the server has accepted the mail. Throws `NotSent`. */
  send(message: Message, signal: AbortSignal): Promise<void>;
  /** Resolves when the server accepts a connection and our login. Throws `NotSent`. */
  reach(): Promise<void>;
  /** Closes every connection at once. Mails being sent fail. */
  close(): Promise<void>;
};

/**
 * The server did not accept the mail, or the connection was lost before its reply. The message contains the
 * server's text only from before the mail was transmitted, so it cannot quote the mail.
 */
export class NotSent extends Error {
  override readonly name = "NotSent";
  /** @param permanent the server rejects this mail permanently (5xx) */
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

/** nodemailer runs a timer this long after a connection has ended, even after closing. */
const AFTERMATH_MS = 110;

/** One connection for each mail that an instance sends at a time. */
const CONNECTIONS = 10;

/** Creates a mailer for `server`. It connects at the first mail, and keeps connections for a while. */
export function createMailer(server: SmtpServer, from: Mailbox): Mailer {
  const domain = from.address.slice(from.address.lastIndexOf("@") + 1);
  let pool: ReturnType<typeof openPool> | undefined;
  const opened = () => pool ??= openPool(server, domain);
  return {
    send: async ({ id, to, subject, text, html }, signal) => {
      // nodemailer would split a list of addresses, so only one valid address reaches it.
      const address = parseAddress(to);
      if (!address) throw new NotSent("Not sent: the recipient is not a valid e-mail address", true);
      const message = {
        from,
        to: { name: "", address },
        envelope: { from: from.address, to: address },
        // The same id for every attempt, so that duplicates can be recognised.
        messageId: `<${id}@${domain}>`,
        subject,
        text,
        html,
        xMailer: false,
        // RFC 3834: prevents automatic replies.
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

/** Opens nodemailer's pool for `server`. Loaded with the first mail, so that the server starts faster. */
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
    // The name in EHLO. Asking the system for its host name would need a permission.
    name: domain,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...TIMEOUTS_MS,
  });
}

/** Returns a mailer for the configured server, or undefined without one. */
export function configuredMailer(
  config: { SMTP_URL: Secret | undefined; MAIL_FROM: Mailbox | undefined },
): Mailer | undefined {
  const server = config.SMTP_URL && parseSmtpUrl(config.SMTP_URL.reveal());
  return server && config.MAIL_FROM && createMailer(server, config.MAIL_FROM);
}

/** The properties of nodemailer's errors. */
type SmtpFailure = Error & { code?: string; responseCode?: number; response?: string; command?: string };

function notSent(error: unknown): NotSent {
  const failure: SmtpFailure = error instanceof Error ? error : new Error(String(error));
  const { code = "", responseCode = 0 } = failure;
  const aboutTheMail = code === "EENVELOPE" || code === "EMESSAGE";
  const permanent = aboutTheMail && responseCode >= 500 && responseCode <= 599;
  return new NotSent(wordsOf(failure), permanent, { cause: error });
}

const MOST_WORDS = 200;

/** The reply code (RFC 5321) and the enhanced code (RFC 3463). */
const CODES = /^\d{3}([ -]\d\.\d{1,3}\.\d{1,3})?/;

/** The commands before DATA. Their replies cannot quote the mail, which the server has not seen yet. */
const BEFORE_THE_MAIL = /^(CONN|EHLO|HELO|STARTTLS|AUTH|MAIL FROM|RCPT TO)/;

function wordsOf({ code, message, response, command = "" }: SmtpFailure): string {
  if (code === "EABORT") return "The mail server did not accept it in time";
  if (response === undefined) return plain(message);
  const words = BEFORE_THE_MAIL.test(command) ? plain(response) : CODES.exec(response)?.[0] ?? "refused";
  return `${command}: ${words}`;
}

/** Shortens to one line. */
function plain(text: string): string {
  return text.replace(/[\s\p{C}]+/gu, " ").trim().slice(0, MOST_WORDS);
}
