import assert from "node:assert/strict";
import { refusedForGood, refusedForNow } from "../../src/emulators/mail/switches.ts";
import { startMailEmulator } from "../../src/emulators/mail/mail_emulator.ts";
import { parseMailbox } from "../../src/platform/mail/address.ts";
import { createMailer, type Message, NotSent } from "../../src/platform/mail/mailer.ts";
import { parseSmtpUrl } from "../../src/platform/mail/smtp_url.ts";
import { eventually, times } from "../support/eventually.ts";

const FROM = { name: "Sallyport", address: "auth@sallyport.test" };
const HELLO: Message = {
  id: "mal_1",
  to: "ada@example.test",
  subject: "Hello",
  text: "Hello",
  html: "<p>Hello</p>",
};
const NEVER = new AbortController().signal;

function serverAt(url: string) {
  const server = parseSmtpUrl(url);
  assert.ok(server);
  return server;
}

/** Why a mail was not sent. */
async function failure(sending: Promise<void>): Promise<NotSent> {
  const error = await sending.then(() => undefined, (error) => error);
  assert.ok(error instanceof NotSent, `${error}`);
  return error;
}

Deno.test("no text in a message adds a header or a recipient", async () => {
  await using inbox = await startMailEmulator();
  const from = { name: "Sally\r\nBcc: eve@example.test", address: FROM.address };
  const mailer = createMailer(serverAt(inbox.url), from);
  const evil = [
    { ...HELLO, subject: "Hello\r\nBcc: eve@example.test\r\n\r\nBody" },
    { ...HELLO, to: "ada@example.test\r\nRCPT TO:<eve@example.test>" },
    { ...HELLO, to: "ada@example.test>\r\nDATA\r\n" },
    { ...HELLO, to: "ada@example.test, eve@example.test" },
    { ...HELLO, text: "Hello\r\n.\r\nMAIL FROM:<eve@example.test>\r\nRCPT TO:<eve@example.test>\r\n" },
  ];
  for (const message of evil) await mailer.send(message, NEVER).catch(() => {});
  await mailer.close();
  assert.deepEqual(inbox.to("eve@example.test"), []);
  for (const mail of inbox.mails) {
    assert.equal(mail.to.length, 1);
    assert.equal(mail.headers.find(({ name }) => name === "bcc"), undefined, mail.raw);
    assert.equal(mail.headers.filter(({ name }) => name === "from").length, 1);
  }
  assert.match(inbox.mails.at(-1)?.text ?? "", /MAIL FROM:<eve@example\.test>/);
});

Deno.test("a refusal of the mail says whether it is permanent", async () => {
  await using inbox = await startMailEmulator();
  const mailer = createMailer(serverAt(inbox.url), FROM);
  for (const at of ["RCPT", "DATA"] as const) {
    inbox.switches.faults = [refusedForGood(1, at)];
    assert.equal((await failure(mailer.send(HELLO, NEVER))).permanent, true, at);
    inbox.switches.faults = [refusedForNow(1, at)];
    assert.equal((await failure(mailer.send(HELLO, NEVER))).permanent, false, at);
  }
  await mailer.close();
});

Deno.test("a server that repeats the mail in its refusal is not quoted", async () => {
  await using inbox = await startMailEmulator();
  const mailer = createMailer(serverAt(inbox.url), FROM);
  inbox.switches.faults = [{
    kind: "refuse",
    at: "DATA",
    code: 554,
    text: "5.7.1 no: 'your code is 123456'",
  }];
  const { message, permanent } = await failure(mailer.send(HELLO, NEVER));
  assert.equal(message, "DATA: 554 5.7.1");
  assert.equal(permanent, true);
  await mailer.close();
});

Deno.test("an unreachable server or a failed login does not count as a refusal of the mail", async () => {
  const inbox = await startMailEmulator();
  const mailer = createMailer(serverAt(inbox.url), FROM);
  await mailer.reach();
  await inbox.close();
  assert.equal((await failure(mailer.send(HELLO, NEVER))).permanent, false);
  assert.match((await failure(mailer.reach())).message, /ECONNREFUSED/);
  await mailer.close();
});

Deno.test("a mail goes only to a server with TLS, unless it is on this machine or the URL says so", async () => {
  await using inbox = await startMailEmulator();
  const server = { ...serverAt(inbox.url), tls: "required" as const };
  const mailer = createMailer(server, FROM);
  const { permanent, message } = await failure(mailer.send(HELLO, NEVER));
  assert.equal(permanent, false);
  assert.match(message, /^STARTTLS: 500 /);
  assert.deepEqual(inbox.mails, []);
  await mailer.close();
});

Deno.test("a stopped attempt ends at once, and the next mail is sent", async () => {
  await using inbox = await startMailEmulator({ switches: { delayMs: 60_000 } });
  const mailer = createMailer(serverAt(inbox.url), FROM);
  const stop = new AbortController();
  const sending = failure(mailer.send(HELLO, stop.signal));
  stop.abort();
  assert.equal((await sending).message, "The mail server did not accept it in time");
  inbox.switches.delayMs = 0;
  await mailer.send(HELLO, NEVER);
  assert.equal(inbox.mails.length, 1);
  await mailer.close();
});

Deno.test("many mails at once all arrive, over a few connections", async () => {
  await using inbox = await startMailEmulator();
  const mailer = createMailer(serverAt(inbox.url), FROM);
  await times(50, (index) => mailer.send({ ...HELLO, to: `ada${index}@example.test` }, NEVER));
  assert.equal(new Set(inbox.mails.map(({ to }) => to[0])).size, 50);
  await mailer.close();
});

Deno.test("the URL of a mail server contains its address, its encryption and the login", () => {
  const auth = { user: "sally@x", pass: "p:w/d" };
  assert.deepEqual(parseSmtpUrl("smtps://sally%40x:p%3Aw%2Fd@mail.example.com"), {
    host: "mail.example.com",
    port: 465,
    tls: "implicit",
    auth,
  });
  assert.equal(parseSmtpUrl("smtp://mail.example.com")?.tls, "required");
  assert.equal(parseSmtpUrl("smtp://mail.example.com:25/")?.port, 25);
  assert.equal(parseSmtpUrl("smtp://relay:25?tls=none")?.tls, "none");
  for (const host of ["localhost", "127.0.0.1", "[::1]", "[0:0::1]", "[::ffff:127.0.0.1]"]) {
    assert.equal(parseSmtpUrl(`smtp://${host}:1025`)?.tls, "none", host);
  }
  for (
    const wrong of [
      "mail.example.com",
      "http://x",
      "smtp:",
      "smtp://",
      "smtp://x/y",
      "smtp://x?tls=maybe",
      "smtp://x#y",
      "smtp://%ff:x@y",
    ]
  ) {
    assert.equal(parseSmtpUrl(wrong), undefined, wrong);
  }
});

Deno.test("a sender is an address, with a name or without", () => {
  assert.deepEqual(parseMailbox("auth@example.com"), { name: "", address: "auth@example.com" });
  assert.deepEqual(parseMailbox("Sally Port <auth@example.com>"), {
    name: "Sally Port",
    address: "auth@example.com",
  });
  assert.equal(parseMailbox("Auth <auth@Müller.example>")?.address, "auth@xn--mller-kva.example");
  for (
    const wrong of [
      "",
      "Sally",
      "Sally <auth>",
      "a@b, c@d",
      "A <a@b> <c@d>",
      "Sally\r\nBcc: x@y <a@b>",
      "a@b\nBcc: c@d",
      '"A" <a@b>',
      "Äuth <äuth@example.com>",
      "auth@mül ler.example",
      "auth@℀.example",
      "<a@b",
    ]
  ) {
    assert.equal(parseMailbox(wrong), undefined, wrong);
  }
});

Deno.test("the emulated inbox is read by this machine alone, and shows nothing that runs", async () => {
  await using inbox = await startMailEmulator();
  const mailer = createMailer(serverAt(inbox.url), FROM);
  await mailer.send({ ...HELLO, subject: "<script>x</script>", html: "<script>alert(1)</script>" }, NEVER);
  await mailer.close();
  const list = await fetch(inbox.pageUrl);
  assert.match(await list.text(), /&#60;script&#62;x/);
  const mails = await (await fetch(`${inbox.pageUrl}/mails.json`)).json();
  assert.equal(mails[0].subject, "<script>x</script>");
  const page = await fetch(`${inbox.pageUrl}/mails/1.html`);
  assert.match(page.headers.get("content-security-policy") ?? "", /^sandbox; default-src 'none'/);
  await page.body?.cancel();
  const rebound = await rawRequest(inbox.pageUrl, "evil.test");
  assert.match(rebound, /^HTTP\/1\.1 403 /);
  assert.doesNotMatch(rebound, /script/);
});

/** GET /mails.json with another name in Host. */
async function rawRequest(url: string, host: string): Promise<string> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(
    new TextEncoder().encode(`GET /mails.json HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
  );
  const buffer = new Uint8Array(65_536);
  let text = "";
  await eventually("an answer", async () => {
    const count = await connection.read(buffer);
    text += new TextDecoder().decode(buffer.subarray(0, count ?? 0));
    return count === null;
  });
  return text;
}
