import assert from "node:assert/strict";
import { sql } from "kysely";
import { refusedForGood, refusedForNow } from "../../src/emulators/mail/switches.ts";
import { enqueueMail, findMail } from "../../src/accounts/mail/mail.ts";
import type { Mailer, Message } from "../../src/platform/mail/mailer.ts";
import { sendMail } from "../../src/accounts/mail/send_mail.ts";
import { inTransaction } from "../../src/events/transaction.ts";
import { newKeyring, startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase } from "../support/databases.ts";
import { mailIs, newMail, queueMail } from "../support/mails.ts";
import { captureLogs, dump, leaks } from "../support/secrets.ts";

/** These mails belong to no flow, and were written when they were queued. */
const noteMail = () => Promise.resolve();
const unasked = () => Promise.reject(new Error("This mail was not asked for by address"));
const writers = { "password reset": unasked, verification: unasked, registration: unasked };

const TEXT = "Your code is 739 154, says the castle of Kynžvart";
const HTML = "<p>Your code is <b>739 154</b>, says the castle of Švihov</p>";
const WORDS = [TEXT, HTML, "739 154", "castle of"];

/** The sealed message of a mail that waits. */
async function sealedOf(app: TestApp, id: string): Promise<string> {
  const sealed = (await findMail(app.services.db, id))?.sealed;
  assert.ok(sealed);
  return sealed;
}

/** The ids that the jobs of the outbox hold, which is all they may hold. */
async function idsInJobs(app: TestApp): Promise<string[]> {
  const { rows } = await sql<{ data: Record<string, string> }>`
    select data from pgboss.job where name = 'mail.send'`.execute(app.services.db);
  for (const { data } of rows) assert.deepEqual(Object.keys(data), ["id"]);
  return rows.map(({ data }) => data["id"] ?? "").toSorted();
}

onEachDatabase(
  "the content of a waiting mail is readable in no table, and is deleted afterwards",
  async (database) => {
    await using logs = await captureLogs();
    await using app = await startApp({ database });
    app.inbox.switches.faults = [refusedForNow(1_000_000)];
    const sent = await queueMail(app, { text: TEXT, html: HTML });
    const refused = await queueMail(app, { text: TEXT, html: HTML, to: "nobody@example.test" });
    const ids = [sent, refused];
    for (const id of ids) await mailIs(app, id, "RETRYING");
    const waiting = await dump(app.services);
    assert.deepEqual(leaks(waiting, WORDS), []);
    const sealed = await Promise.all(ids.map((id) => sealedOf(app, id)));
    assert.ok(sealed.every((each) => waiting.includes(each)), "the dump is a whole one");
    assert.deepEqual(await idsInJobs(app), ids.toSorted());

    app.inbox.switches.faults = [{ ...refusedForGood(1, "DATA"), to: "nobody@example.test" }];
    await mailIs(app, sent, "SENT");
    await mailIs(app, refused, "DEAD");
    assert.deepEqual(leaks(await dump(app.services), [...WORDS, ...sealed]), []);
    assert.deepEqual(leaks(logs.text(), WORDS), []);
  },
);

onEachDatabase("no event contains the recipient or the subject of a mail", async (database) => {
  await using app = await startApp({ database });
  app.inbox.switches.faults = [refusedForNow(1), refusedForGood(1)];
  const mail = { to: "margarethe@castle.test", subject: "From the castle" };
  await mailIs(app, await queueMail(app, mail), "DEAD");
  await mailIs(app, await queueMail(app, mail), "SENT");
  await app.services.eventLog.settled();
  const { rows } = await sql<{ row: string }>`select e::text as row from events e where type like 'mail.%'`
    .execute(app.services.db);
  assert.equal(rows.length, 5);
  assert.doesNotMatch(rows.map(({ row }) => row).join("\n"), /margarethe|castle/);
});

/** A mail queued where no worker takes it, so that the test is the one who sends. */
async function queueUnsent(app: TestApp): Promise<string> {
  const services = { ...app.services, mailConfigured: true };
  return await inTransaction(services, (tx) => enqueueMail(tx, newMail(app, { text: TEXT })));
}

/** A mailer that keeps what it was given. */
function keepingMailer(): Mailer & { given: Message[] } {
  const given: Message[] = [];
  return {
    given,
    send: (message) => Promise.resolve(void given.push(message)),
    reach: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

const NEVER = new AbortController().signal;

onEachDatabase(
  "a mail waits while its root secret is not configured",
  async (database) => {
    await using app = await startApp({ database, env: { SMTP_URL: "" } });
    const id = await queueUnsent(app);
    const mailer = keepingMailer();
    const elsewhere = { ...app.services, keys: newKeyring(), mailer, writers, noteMail };
    assert.equal(await sendMail(elsewhere, id, NEVER), "again");
    const waiting = await mailIs(app, id, "RETRYING");
    assert.match(waiting.lastError ?? "", /root secret/);
    assert.equal(await sendMail({ ...app.services, mailer, writers, noteMail }, id, NEVER), "over");
    await mailIs(app, id, "SENT");
    assert.deepEqual(mailer.given.map(({ id, text }) => ({ id, text })), [{ id, text: TEXT }]);
  },
);

onEachDatabase("a finished mail is not sent again, however often its job runs", async (database) => {
  await using app = await startApp({ database, env: { SMTP_URL: "" } });
  const id = await queueUnsent(app);
  const mailer = keepingMailer();
  for (let times = 0; times < 3; times++) {
    assert.equal(await sendMail({ ...app.services, mailer, writers, noteMail }, id, NEVER), "over");
  }
  assert.equal(mailer.given.length, 1);
  assert.equal(await sendMail({ ...app.services, mailer, writers, noteMail }, "mal_none", NEVER), "over");
});
