import assert from "node:assert/strict";
import { refusedForGood, refusedForNow } from "../../src/emulators/mail/switches.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { requestCode } from "../support/codes.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { causeOf } from "../support/diagnoses.ts";
import { eventually } from "../support/eventually.ts";

const EMAIL = "ada@example.test";

/** Waits until the newest mail has this status. */
async function mailBecomes(app: TestApp, status: string): Promise<void> {
  await eventually(`the mail is ${status}`, async () => {
    const mail = await app.services.db.selectFrom("mails").select("status").orderBy("id", "desc")
      .executeTakeFirst();
    return mail?.status === status;
  });
}

onEachDatabase("MAIL_REFUSED: the answer of the mail server", async (database) => {
  await using app = await startApp({ database });
  app.inbox.switches.faults = [refusedForGood(1)];
  await requestCode(app, EMAIL);
  await mailBecomes(app, "DEAD");
  const { cause } = await causeOf(app, EMAIL, "MAIL_REFUSED");
  assert.match(cause, /ada@example\.test .*5\.1\.1 emulated: no such user/);
  // The code never arrived, so its expiry is not a cause.
  app.clock.advance(11 * 60);
  await causeOf(app, EMAIL, "MAIL_REFUSED");
});

onEachDatabase("MAIL_RETRYING: the answer of the mail server, and the next attempt", async (database) => {
  await using app = await startApp({ database, mailPauseSeconds: 600 });
  app.inbox.switches.faults = [refusedForNow(1)];
  await requestCode(app, EMAIL);
  await mailBecomes(app, "RETRYING");
  const { cause, cure, until } = await causeOf(app, EMAIL, "MAIL_RETRYING");
  assert.match(cause, /failed 1 time: .*try again later/);
  const nextTry = /tries again at (\S+)\. /.exec(cure)?.[1];
  assert.ok(nextTry && until && nextTry > app.clock.now().toISOString(), cure);
});

onPglite("MAIL_NOT_CONFIGURED: a code was requested without a mail server", async (database) => {
  await using app = await startApp({ database, env: { SMTP_URL: "", MAIL_FROM: "" } });
  assert.equal((await requestCode(app, EMAIL)).code, "MAIL_NOT_CONFIGURED");
  assert.match((await causeOf(app, EMAIL, "MAIL_NOT_CONFIGURED")).cure, /SMTP_URL/);
});
