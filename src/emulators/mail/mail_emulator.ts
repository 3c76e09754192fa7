import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { sleep } from "../../lib/sleep.ts";
import { Inbox, type ReceivedMail } from "./inbox.ts";
import { serveInboxPage } from "./inbox_page.ts";
import { type MailSwitches, takeFault } from "./switches.ts";

export type MailEmulatorOptions = {
  /** The port of the SMTP server; 0, the default, for any free port. */
  port?: number;
  /** The port of the inbox page; 0, the default, for any free port. */
  pagePort?: number;
  switches?: Partial<MailSwitches>;
};

export type MailEmulator = AsyncDisposable & {
  /** The value for SMTP_URL. */
  url: string;
  /** The URL of the inbox page. Programs can read `/mails.json`. */
  pageUrl: string;
  /** Tests can change these at any time. */
  switches: MailSwitches;
  /** The last mails, oldest first. */
  mails: readonly ReceivedMail[];
  /** Waits for the next mail to this address that `next` has not returned before. */
  next(to: string): Promise<ReceivedMail>;
  /** The mails to this address, oldest first. */
  to(address: string): ReceivedMail[];
  /** Stops both servers at once. Further calls do nothing. */
  close(): Promise<void>;
};

const HOST = "127.0.0.1";

const MAX_MAILS = 500;
const MAX_MAIL_BYTES = 1024 * 1024;

/**
 * Emulates a mail server for development and tests: it accepts every mail and delivers none. It listens only on this
 * machine. All state is in memory and lost after `close`.
 */
export async function startMailEmulator(options: MailEmulatorOptions = {}): Promise<MailEmulator> {
  const switches: MailSwitches = { delayMs: 0, faults: [], ...options.switches };
  const inbox = new Inbox(MAX_MAILS);
  const closing = new AbortController();
  const server = createServer(switches, inbox, closing.signal);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, HOST, resolve);
  });
  // A client may disconnect at any time.
  server.on("error", () => {});
  const pages = Deno.serve(
    { hostname: HOST, port: options.pagePort ?? 0, onListen() {} },
    (request) => serveInboxPage(inbox, request),
  );
  const end = async () => {
    closing.abort();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const connection of server.connections) connection._socket.destroy();
    await Promise.all([closed, pages.shutdown()]);
  };
  let ended: Promise<void> | undefined;
  const close = () => ended ??= end();
  return {
    url: `smtp://${HOST}:${(server.server.address() as AddressInfo).port}`,
    pageUrl: `http://${HOST}:${pages.addr.port}`,
    switches,
    mails: inbox.mails,
    next: (to) => inbox.next(to),
    to: (address) => inbox.to(address),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createServer(switches: MailSwitches, inbox: Inbox, closing: AbortSignal): SMTPServer {
  const server: SMTPServer = new SMTPServer({
    name: "emulated.localhost",
    banner: "emulated: no mail leaves this machine",
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    disableReverseLookup: true,
    size: MAX_MAIL_BYTES,
    closeTimeout: 0,
    logger: false,
    onAuth: (_auth, _session, done) => done(null, { user: "any" }),
    onRcptTo: ({ address }, _session, done) => {
      void sleep(switches.delayMs, closing).then(() => done(refusal(takeFault(switches, "RCPT", [address]))));
    },
    onData: (stream, session, done) => {
      takeMail(stream, session).then(done, done);
    },
  });

  async function takeMail(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<Error | null> {
    const raw = await read(stream);
    const { mailFrom, rcptTo } = session.envelope;
    const envelope = { from: mailFrom ? mailFrom.address : "", to: rcptTo.map(({ address }) => address) };
    const fault = takeFault(switches, "DATA", envelope.to);
    if (fault?.kind === "refuse") return refusal(fault);
    if (fault === undefined || fault.accepted) await inbox.add(envelope, raw);
    if (fault) drop(server, session);
    return null;
  }
  return server;
}

function refusal(fault: ReturnType<typeof takeFault>): Error | null {
  return fault?.kind === "refuse" ? Object.assign(new Error(fault.text), { responseCode: fault.code }) : null;
}

function drop(server: SMTPServer, session: SMTPServerSession): void {
  for (const connection of server.connections) {
    if (connection.session.id === session.id) connection._socket.destroy();
  }
}

async function read(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const part of stream) parts.push(new Uint8Array(part));
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
