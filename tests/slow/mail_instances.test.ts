import assert from "node:assert/strict";
import { randomBytes } from "../../src/lib/crypto.ts";
import { startMailEmulator } from "../../src/emulators/mail/mail_emulator.ts";
import { openJobs } from "../../src/platform/jobs/jobs.ts";
import { createKeyring } from "../../src/platform/keys/root_key.ts";
import { enqueueMail, MAIL_QUEUE, pageOfMails } from "../../src/accounts/mail/mail.ts";
import { MAIL_PAUSES } from "../../src/accounts/mail/send_mail.ts";
import { Secret } from "../../src/lib/secret.ts";
import { inTransaction } from "../../src/events/transaction.ts";
import { newKeyring, startApp } from "../support/app.ts";
import { onEachDatabase, onPostgres, type TestDatabase } from "../support/databases.ts";
import { eventually, times } from "../support/eventually.ts";
import { mailIs, newMail, queueMail } from "../support/mails.ts";
import { newServerPlace, startServer } from "../support/server_process.ts";

onPostgres("two instances send each mail once", async (database) => {
  await using inbox = await startMailEmulator();
  const keys = newKeyring();
  await using one = await startApp({ database, keys, inbox });
  await using other = await startApp({ database, keys, inbox });
  const ids = await times(
    60,
    (index) => queueMail(index % 2 ? one : other, { to: `ada${index}@example.test` }),
  );
  for (const id of ids) await mailIs(one, id, "SENT");
  assert.equal(inbox.mails.length, 60);
  assert.equal(new Set(inbox.mails.map(({ to }) => to[0])).size, 60);
});

onEachDatabase("a mail is sent when the mail server is back", async (database) => {
  const before = await startMailEmulator();
  await before.close();
  await using app = await startApp({ database, env: { SMTP_URL: before.url } });
  const id = await queueMail(app);
  const waiting = await mailIs(app, id, "RETRYING");
  assert.match(waiting.lastError ?? "", /ECONNREFUSED/);
  await using inbox = await startMailEmulator({ port: Number(new URL(before.url).port) });
  await mailIs(app, id, "SENT");
  assert.equal(inbox.to("ada@example.test").length, 1);
});

/** Queues mails from outside, without an instance that sends them. */
async function queueFromOutside(database: TestDatabase, secret: string, count: number): Promise<void> {
  const opened = await database.open();
  const jobs = await openJobs(opened, [{ name: MAIL_QUEUE, pauses: MAIL_PAUSES }]);
  const services = {
    db: opened.db,
    now: () => new Date(),
    wakeLog: () => {},
    keys: createKeyring(new Secret(Uint8Array.fromHex(secret))),
    enqueue: jobs.enqueue,
    mailConfigured: true,
  };
  const clock = { now: services.now, advance: () => {} };
  for (let index = 0; index < count; index++) {
    const mail = newMail({ clock }, { to: `ada${index}@example.test` });
    await inTransaction(services, (tx) => enqueueMail(tx, mail));
  }
  await jobs.close(0);
  await opened.close();
}

Deno.test("all queued and running mails of a killed server are sent", async () => {
  await using place = await newServerPlace();
  await using inbox = await startMailEmulator({ switches: { delayMs: 200 } });
  const secret = randomBytes(32).toHex();
  const env = {
    ...place.env,
    SALLYPORT_SECRET: secret,
    SMTP_URL: inbox.url,
    MAIL_FROM: "auth@sallyport.test",
  };
  const arrived = () => new Set(inbox.mails.map(({ to }) => to[0])).size;
  {
    await using server = await startServer(place.folder, env);
    await queueFromOutside(place.database, secret, 100);
    await eventually("some mails arrived", () => arrived() >= 10);
    await server.kill();
  }
  assert.ok(arrived() < 100, "the server was killed before all mails were sent");
  inbox.switches.delayMs = 0;
  await using _server = await startServer(place.folder, env);
  await eventually("every mail arrived", () => arrived() === 100, 60);
  const database = await place.database.open();
  await eventually("every mail is SENT", async () => {
    const mails = await pageOfMails(database.db, { limit: 100, newestFirst: false }, { status: "SENT" });
    return mails.length === 100;
  }, 40);
  await database.close();
});
