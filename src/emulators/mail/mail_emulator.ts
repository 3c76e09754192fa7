import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { sleep } from "../../lib/sleep.ts";
import { Inbox, type ReceivedMail } from "./inbox.ts";
import { serveInboxPage } from "./inbox_page.ts";
import { type MailSwitches, takeFault } from "./switches.ts";

export type MailEmulatorOptions = {
  /** Of the SMTP server; 0, the default, for any. */
  port?: number;
  /** Of the page; 0, the default, for any. */
  pagePort?: number;
  switches?: Partial<MailSwitches>;
};

export type MailEmulator = AsyncDisposable & {
  /** For SMTP_URL. */
  url: string;
  /** Where people read the inbox; `/mails.json` is for programs. */
  pageUrl: string;
  /** Can be changed at any time. */
  switches: MailSwitches;
  /** The last mails, oldest first. */
  mails: readonly ReceivedMail[];
  /** The next mail to this address that this has not given yet, once it is there. */
  next(to: string): Promise<ReceivedMail>;
  /** The mails to this address, oldest first. */
  to(address: string): ReceivedMail[];
  /** Ends both servers at once. Closing twice is closing once. */
  close(): Promise<void>;
};

const HOST = "127.0.0.1";

const MOST_MAILS = 500;
const MOST_BYTES = 1024 * 1024;

/**
 * A stand-in for a mail server, for development and tests: it takes every mail and hands none on. It keeps them in
 * memory, on this machine's own address, and nothing after `close`.
 */
export async function startMailEmulator(options: MailEmulatorOptions = {}): Promise<MailEmulator> {
  const switches: MailSwitches = { delayMs: 0, faults: [], ...options.switches };
  const inbox = new Inbox(MOST_MAILS);
  const closing = new AbortController();
  const server = createServer(switches, inbox, closing.signal);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, HOST, resolve);
  });
  // A client that went away in the middle is its own business.
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
    size: MOST_BYTES,
    closeTimeout: 0,
    logger: false,
    onAuth: (_auth, _session, done) => done(null, { user: "anybody" }),
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
