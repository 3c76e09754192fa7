import assert from "node:assert/strict";
import { graphql } from "../../src/client/operator/graphql.ts";
import { readEvents } from "../../src/events/events.ts";
import { InvalidInput } from "../../src/lib/errors.ts";
import { dropped, refusedForGood, refusedForNow } from "../../src/emulators/mail/switches.ts";
import { enqueueMail, findMail, MailNotConfigured, pageOfMails } from "../../src/accounts/mail/mail.ts";
import { inTransaction } from "../../src/events/transaction.ts";
import { newKeyring, startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase } from "../support/databases.ts";
import { eventually, within } from "../support/eventually.ts";
import { mailIs, newMail, queueMail } from "../support/mails.ts";

onEachDatabase("a mail arrives as it was written, from the configured sender", async (database) => {
  await using app = await startApp({ database });
  const written = { subject: "Grüße, Ada", text: "Zeile 1\nZeile 2\n", html: "<p>Zeile</p>" };
  const id = await queueMail(app, { to: "ada@example.test", ...written });
  const mail = await within("the mail comes", app.inbox.next("ada@example.test"));
  assert.deepEqual(mail.to, ["ada@example.test"]);
  assert.equal(mail.from, "auth@sallyport.test");
  assert.equal(mail.subject, written.subject);
  assert.equal(mail.text.trim(), written.text.trim());
  assert.equal(mail.html.trim(), written.html);
  const header = (name: string) =>
    mail.headers.filter((each) => each.name === name).map(({ value }) => value);
  assert.deepEqual(header("from"), ["Sallyport <auth@sallyport.test>"]);
  assert.deepEqual(header("to"), ["ada@example.test"]);
  assert.deepEqual(header("auto-submitted"), ["auto-generated"]);
  assert.deepEqual(header("message-id"), [`<${id}@sallyport.test>`]);
  assert.deepEqual([...header("list-unsubscribe"), ...header("x-mailer")], []);
  const sent = await mailIs(app, id, "SENT");
  assert.equal(sent.attempts, 1);
  assert.equal(sent.lastError, null);
  assert.equal(sent.sealed, null);
  assert.ok(sent.sentAt);
});

onEachDatabase("a mail is sent if and only if its transaction commits", async (database) => {
  await using app = await startApp({ database });
  const rolledBack = inTransaction(app.services, async (tx) => {
    await enqueueMail(tx, newMail(app, { to: "never@example.test" }));
    throw new Error("no");
  });
  await assert.rejects(rolledBack, /^Error: no$/);
  await queueMail(app, { to: "ada@example.test" });
  await within("the mail comes", app.inbox.next("ada@example.test"));
  assert.deepEqual(app.inbox.to("never@example.test"), []);
  const { db } = app.services;
  assert.equal((await pageOfMails(db, { limit: 10, newestFirst: false })).length, 1);
});

/** What the log says of a mail, oldest first. */
async function eventsOf(app: TestApp, mailId: string) {
  await app.services.eventLog.settled();
  const events = await readEvents(app.services.db, { limit: 100, newestFirst: false });
  return events.filter(({ data }) => data["mailId"] === mailId);
}

onEachDatabase("a temporarily refused mail is sent again", async (database) => {
  await using app = await startApp({ database });
  app.inbox.switches.faults = [refusedForNow(1), refusedForNow(1, "DATA")];
  const subjects = { flowId: "flw_01m7y33dy4fap9p98yzyr803qc", userId: "usr_01m7y33dy4fap9p98yzyr803qc" };
  const id = await queueMail(app, subjects);
  await within("the mail comes", app.inbox.next("ada@example.test"));
  const sent = await mailIs(app, id, "SENT");
  assert.equal(sent.attempts, 3);
  assert.equal(sent.lastError, "DATA: 451 4.3.0");
  assert.equal(app.inbox.mails.length, 1);
  const events = await eventsOf(app, id);
  assert.deepEqual(events.map(({ type, data }) => [type, data]), [
    ["mail.queued", { mailId: id }],
    ["mail.retrying", { mailId: id, attempts: 1 }],
    ["mail.retrying", { mailId: id, attempts: 2 }],
    ["mail.sent", { mailId: id, attempts: 3 }],
  ]);
  // No user id: otherwise users could learn from their own events whether a mail went to another account.
  for (const { flowId, userId } of events) assert.deepEqual([flowId, userId], [subjects.flowId, null]);
});

onEachDatabase(
  "a permanently refused mail is given up at once, and its content is deleted",
  async (database) => {
    await using app = await startApp({ database });
    for (const at of ["RCPT", "DATA"] as const) {
      app.inbox.switches.faults = [refusedForGood(1, at)];
      const id = await queueMail(app);
      const dead = await mailIs(app, id, "DEAD");
      assert.equal(dead.attempts, 1);
      assert.equal(dead.sealed, null);
      assert.equal(dead.sentAt, null);
      const words = at === "RCPT" ? "RCPT TO: 550 5.1.1 emulated: no such user" : "DATA: 550 5.1.1";
      assert.equal(dead.lastError, words);
      const events = await eventsOf(app, id);
      assert.deepEqual(events.map(({ type }) => type), ["mail.queued", "mail.dead"]);
      assert.deepEqual(events.at(-1)?.data, { mailId: id, attempts: 1, reason: "refused" });
    }
    assert.deepEqual(app.inbox.mails, []);
  },
);

onEachDatabase("an expired mail is never sent", async (database) => {
  await using app = await startApp({ database });
  app.inbox.switches.faults = [refusedForNow(1_000_000)];
  const late = await queueMail(app, { expiresAt: app.clock.now() });
  const retried = await queueMail(app);
  assert.equal((await mailIs(app, late, "DEAD")).attempts, 0);
  await mailIs(app, retried, "RETRYING");
  app.clock.advance(11 * 60);
  app.inbox.switches.faults = [];
  const dead = await mailIs(app, retried, "DEAD");
  assert.match(dead.lastError ?? "", /^RCPT TO: 451 4\.3\.0 /);
  assert.equal(dead.sealed, null);
  const next = await queueMail(app);
  await mailIs(app, next, "SENT");
  assert.equal(app.inbox.mails.length, 1);
  assert.deepEqual((await eventsOf(app, late)).at(-1)?.data, {
    mailId: late,
    attempts: 0,
    reason: "expired",
  });
});

onEachDatabase("an attempt ends when the mail expires, and nothing was sent", async (database) => {
  await using app = await startApp({ database });
  app.inbox.switches.delayMs = 1_500;
  const soon = new Date(app.clock.now().getTime() + 500);
  const id = await queueMail(app, { expiresAt: soon });
  const dead = await mailIs(app, id, "DEAD");
  assert.equal(dead.attempts, 1);
  app.inbox.switches.delayMs = 0;
  await mailIs(app, await queueMail(app), "SENT");
  assert.equal(app.inbox.mails.length, 1);
});

onEachDatabase("a connection that is lost at the end costs no mail", async (database) => {
  await using app = await startApp({ database });
  app.inbox.switches.faults = [dropped(1, false)];
  const lost = await queueMail(app, { to: "lost@example.test" });
  assert.equal((await mailIs(app, lost, "SENT")).attempts, 2);
  assert.equal(app.inbox.to("lost@example.test").length, 1);

  app.inbox.switches.faults = [dropped(1, true)];
  const taken = await queueMail(app, { to: "taken@example.test" });
  assert.equal((await mailIs(app, taken, "SENT")).attempts, 2);
  const twice = app.inbox.to("taken@example.test");
  const ids = twice.map(({ headers }) => headers.find(({ name }) => name === "message-id")?.value);
  assert.deepEqual(ids, [`<${taken}@sallyport.test>`, `<${taken}@sallyport.test>`], "known as one");
});

onEachDatabase("without a mail server the error names the variables to set", async (database) => {
  await using app = await startApp({ database, env: { SMTP_URL: "" } });
  assert.equal(app.services.mailConfigured, false);
  await assert.rejects(queueMail(app), (error) => {
    assert.ok(error instanceof MailNotConfigured);
    assert.equal(error.code, "MAIL_NOT_CONFIGURED");
    assert.match(error.remedy.actionRequired ?? "", /SMTP_URL and MAIL_FROM/);
    return true;
  });
});

const Health = graphql(`
  query MailHealth { server { mailConfigured } serverHealth { checks { name ok message } } }
`);

onEachDatabase(
  "health reports whether the mail server answers, and how many mails were given up",
  async (database) => {
    await using app = await startApp({ database });
    const operator = await app.operator("READ");
    const mailCheck = async () => {
      // Asked once a minute at most.
      app.clock.advance(61);
      const { server, serverHealth } = await operator.request(Health, {});
      assert.equal(server.mailConfigured, true);
      return serverHealth.checks.find(({ name }) => name === "mail");
    };
    assert.deepEqual(await mailCheck(), { name: "mail", ok: true, message: "Answers" });
    app.inbox.switches.faults = [refusedForGood(1)];
    await mailIs(app, await queueMail(app), "DEAD");
    await eventually(
      "the check says so",
      async () => /^Answers; 1 given up in the last 24 h/.test((await mailCheck())?.message ?? ""),
    );
    await app.inbox.close();
    const reached = await eventually("the check fails", async () => {
      const check = await mailCheck();
      return !check?.ok && check;
    });
    assert.match(reached.message, /^Cannot reach the mail server: .+\. Check SMTP_URL$/);
  },
);

onEachDatabase("a queued mail expires if the mail server is no longer configured", async (database) => {
  const keys = newKeyring();
  let id: string;
  {
    await using app = await startApp({ database, keys });
    app.inbox.switches.faults = [refusedForNow(1_000_000)];
    id = await queueMail(app);
    await mailIs(app, id, "RETRYING");
  }
  await using app = await startApp({ database, keys, env: { SMTP_URL: "" } });
  assert.ok((await findMail(app.services.db, id))?.sealed);
  app.clock.advance(11 * 60);
  assert.equal((await mailIs(app, id, "DEAD")).sealed, null);
});

onEachDatabase("no recipient or subject adds a header", async (database) => {
  await using app = await startApp({ database });
  const wrong = [
    "ada@example.test\r\nBcc: eve@example.test",
    "ada@example.test\nBcc: eve@example.test",
    "ada@example.test, eve@example.test",
    "Ada <ada@example.test>",
    "<ada@example.test>",
    "ada@example.test> SIZE=1\r\nRCPT TO:<eve@example.test",
    "ada@exam ple.test",
    "@example.test",
    "ada",
    "",
    `${"a".repeat(65)}@example.test`,
    `ada@${"a".repeat(250)}.test`,
    "ada@example.test\0",
    "ada@[127.0.0.1]",
    "ada\u202e@example.test",
  ];
  for (const to of wrong) await assert.rejects(queueMail(app, { to }), InvalidInput, to);
  for (const subject of ["Hello\r\nBcc: eve@example.test", "Hello\n", "\0", "a\u0085b"]) {
    await assert.rejects(queueMail(app, { subject }), TypeError);
  }
  const { db } = app.services;
  assert.deepEqual(await pageOfMails(db, { limit: 10, newestFirst: false }), []);
});
