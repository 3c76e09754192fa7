import assert from "node:assert/strict";
import { refusedForNow } from "../../src/emulators/mail/switches.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { changePassword, counted, eventsAbout, from, mailedToken, nextMail } from "../support/callers.ts";
import { REQUEST_RESET, requestReset, requestVerification, resetPassword } from "../support/callers.ts";
import { setDisabled, verifyEmail } from "../support/callers.ts";
import { linksTo, openPage, pressButton } from "../support/link_pages.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { eventually, times } from "../support/eventually.ts";
import { PASSWORD, refresh, register, signedIn, signIn, viewerOf } from "../support/people.ts";
import { captureLogs, dump, leaks } from "../support/secrets.ts";
import { type Answer, everythingOf, post } from "../support/wire.ts";

const ADDRESS = "ada@example.test";
const NEW = "a whole new one";

/** Creates a user with a verified address. */
async function newOwner(app: TestApp, username = "ada", email = ADDRESS): Promise<void> {
  await register(app, { username, email, password: PASSWORD });
  assert.equal((await verifyEmail(app, await mailedToken(app, email))).__typename, "Done");
}

async function resetToken(app: TestApp, email = ADDRESS): Promise<string> {
  assert.equal((await requestReset(app, email)).__typename, "Done");
  return await mailedToken(app, email);
}

onEachDatabase(
  "R15, R25: the page of the mailed link sets a new password, and all sessions end",
  async (database) => {
    await using app = await startApp({ database });
    await newOwner(app);
    const sessions = [await signedIn(app, "ada"), await signedIn(app, ADDRESS)];
    assert.equal((await requestReset(app, " ADA@example.test ")).__typename, "Done");
    const mail = await nextMail(app, ADDRESS);
    assert.equal(mail.subject, "Choose a new password");
    const [link = ""] = linksTo(mail.text);
    assert.deepEqual([...new Set(linksTo(mail.html))], [link]);
    const { pathname, hash } = new URL(link);
    const token = hash.replace("#token=", "");
    assert.equal(pathname, "/reset-password");
    for (const method of ["GET", "HEAD"]) {
      await openPage(
        app,
        `${pathname}?token=${token}&password=${NEW}`,
        method,
      );
    }
    const page = await openPage(app, pathname);
    for (const password of ["short", "password", "ada", ADDRESS, "x".repeat(129)]) {
      assert.equal((await pressButton(app, page, { token, password })).__typename, "WeakPasswordError");
    }
    assert.equal((await resetPassword(app, token, "abcdefgh\ud83e")).code, "INVALID_INPUT");
    assert.equal(await viewerOf(app, sessions[0]?.accessToken ?? ""), "ada", "so far nothing has changed");
    assert.equal((await pressButton(app, page, { token, password: NEW })).__typename, "Done");

    for (const { accessToken, refreshToken } of sessions) {
      await eventually("the session is over", async () => await viewerOf(app, accessToken) === null);
      assert.equal((await refresh(app, refreshToken)).code, "SESSION_ENDED");
    }
    assert.equal((await signIn(app, "ada")).code, "INVALID_CREDENTIALS");
    const { id } = await signedIn(app, "ada", NEW);
    assert.equal((await nextMail(app, ADDRESS)).subject, "Your password was changed");
    assert.equal((await pressButton(app, page, { token, password: NEW })).__typename, "CodeRejectedError");
    const about = (await eventsAbout(app, id)).filter(({ type }) => /^password\.(?!acc|rej)/.test(type));
    assert.deepEqual(about, [
      { type: "password.reset_requested", data: {} },
      { type: "password.changed", data: { by: "password_reset" } },
    ]);
  },
);

onEachDatabase("a reset link works once, for its purpose and until it expires", async (database) => {
  await using app = await startApp({
    database,
    env: { RESET_LINK_MINUTES: "10" },
  });
  await newOwner(app);
  const [older, newer] = [await resetToken(app), await resetToken(app)];
  assert.notEqual(older, newer);
  assert.equal((await verifyEmail(app, newer)).code, "CODE_REJECTED");
  const uses = await times(20, (index) => resetPassword(app, newer, `the secret of ${index}`));
  assert.deepEqual(counted(uses), { Done: 1, CODE_REJECTED: 19 });
  const winner = uses.findIndex(({ code }) => code === undefined);
  await signedIn(app, "ada", `the secret of ${winner}`);
  assert.equal((await nextMail(app, ADDRESS)).subject, "Your password was changed");
  assert.equal((await resetPassword(app, older, NEW)).code, "CODE_REJECTED", "the use of one ends the older");

  const late = await resetToken(app);
  app.clock.advance(10 * 60 + 1);
  const fresh = await resetToken(app);
  assert.equal((await resetPassword(app, late, NEW)).code, "CODE_REJECTED");
  app.clock.advance(10 * 60 - 5);
  assert.equal((await resetPassword(app, fresh, NEW)).__typename, "Done");
  const wrong = ["", "spw_", `${fresh}x`, fresh.replace("spw", "spv"), "\0", "\ud800", "x".repeat(60_000)];
  const answers = await Promise.all(wrong.map((token) => resetPassword(app, token, "another new one")));
  assert.deepEqual(counted(answers), { CODE_REJECTED: wrong.length });
  await signedIn(app, "ada", NEW);
});

onPostgres(
  "of several reset links used at once, one sets the password, and the others are rejected",
  async (database) => {
    await using app = await startApp({ database });
    for (let round = 0; round < 5; round++) {
      const [name, email] = [`ada${round}`, `ada${round}@example.test`];
      await newOwner(app, name, email);
      const tokens = [
        await resetToken(app, email),
        await resetToken(app, email),
        await resetToken(app, email),
      ];
      const answers = await Promise.all(
        tokens.map((token, index) => resetPassword(app, token, `secret number ${index}`)),
      );
      assert.deepEqual(counted(answers), { Done: 1, CODE_REJECTED: 2 });
      await signedIn(app, name, `secret number ${answers.findIndex(({ code }) => code === undefined)}`);
    }
  },
);

onEachDatabase("requesting a reset reveals nothing about an address", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operatorToken("OPERATE");
  await newOwner(app);
  await newOwner(app, "bob", "bob@example.test");
  const bob = await signedIn(app, "bob");
  const bobs = await resetToken(app, "bob@example.test");
  await setDisabled(app, operator, bob.id, true);
  await register(app, { username: "eve", email: "eve@example.test", password: PASSWORD });
  await nextMail(app, "eve@example.test");
  const before = app.inbox.mails.length;

  const answers: Answer[] = [];
  for (const email of ["bob@example.test", "eve@example.test", "nobody@example.test", ADDRESS]) {
    answers.push(await post(app, REQUEST_RESET, { variables: { email } }));
  }
  const everything = answers.map((answer) => JSON.stringify(everythingOf(answer)));
  assert.equal(new Set(everything).size, 1, everything.join("\n"));
  assert.match(everything[0] ?? "", /Done/);
  await mailedToken(app, ADDRESS);
  await eventually("every request is answered by a mail or dropped", async () => {
    const open = await app.services.db.selectFrom("mails").select("id").where("status", "!=", "SENT")
      .execute();
    return open.length === 0;
  });
  assert.equal(app.inbox.mails.length, before + 1, "disabled, unverified and unknown users get none");
  const { id } = await app.services.db.selectFrom("users").select("id").where("username", "=", "eve")
    .executeTakeFirstOrThrow();
  assert.ok((await eventsAbout(app, id)).every(({ type }) => type !== "password.reset_requested"));

  assert.equal((await resetPassword(app, bobs, NEW)).code, "CODE_REJECTED", "disabled since");
  assert.equal((await requestReset(app, "no address")).code, "INVALID_INPUT");
});

onPglite("without mail, resets are rejected", async (database) => {
  await using app = await startApp({ database, env: { SMTP_URL: "" } });
  assert.equal((await requestReset(app, ADDRESS)).code, "MAIL_NOT_CONFIGURED");
});

onEachDatabase(
  "R41: after a reset, earlier attempts by others no longer count",
  async (database) => {
    await using app = await startApp({ database });
    await newOwner(app);
    for (const name of ["ada", ADDRESS]) {
      await times(10, () => signIn(from(app, "203.0.113.7"), name, "wrong password"));
      assert.equal((await signIn(app, name)).code, "RATE_LIMITED");
    }
    assert.equal((await resetPassword(app, await resetToken(app), NEW)).__typename, "Done");
    for (const name of ["ada", ADDRESS]) await signedIn(app, name, NEW);
    const again = await signedIn(app, "ada", NEW);
    assert.equal((await changePassword(app, again.accessToken, NEW, PASSWORD)).__typename, "Done");
  },
);

onEachDatabase(
  "R32: no mailed token and no password is in the database, a log, an event or a response",
  async (database) => {
    await using logs = await captureLogs();
    await using app = await startApp({ database });
    const answers: string[] = [];
    const note = <T>(answer: T): T => {
      answers.push(JSON.stringify(answer));
      return answer;
    };
    const places = async () => ({
      database: await dump(app.services),
      logs: logs.text(),
      answers: answers.join("\n"),
    });
    const secrets = ["my very first secret", "my second secret then", "no such secret at all"];
    const [first = "", second = "", wrong = ""] = secrets;
    const search = async (when: string) => {
      for (const [place, text] of Object.entries(await places())) {
        assert.deepEqual(
          leaks(text, secrets),
          [],
          `${when}: ${place}`,
        );
      }
    };

    app.inbox.switches.faults = [refusedForNow(3)];
    note(await register(app, { username: "ada", email: ADDRESS, password: first }));
    const queued = await places();
    const verification = await mailedToken(app, ADDRESS);
    assert.deepEqual(leaks(queued.database, [verification]), [], "while it was queued");
    secrets.push(verification);
    note(await requestVerification(app, ADDRESS));
    secrets.push(await mailedToken(app, ADDRESS));
    await search("mailed");
    note(await verifyEmail(app, `${verification.slice(0, -1)}x`));
    note(await verifyEmail(app, verification));
    note(await signIn(app, "ada", wrong));
    note(await register(app, { email: ADDRESS, password: second }));
    secrets.push(await mailedToken(app, ADDRESS));
    app.inbox.switches.faults = [refusedForNow(3)];
    note(await requestReset(app, ADDRESS));
    const waiting = await places();
    const reset = await mailedToken(app, ADDRESS);
    assert.deepEqual(leaks(waiting.database, [reset]), [], "while it was queued");
    secrets.push(reset);
    note(await resetPassword(app, reset, "short"));
    note(await resetPassword(app, reset, second));
    await nextMail(app, ADDRESS);
    await app.services.eventLog.settled();
    await search("afterwards");
    assert.equal(secrets.length, 7);
    assert.match((await places()).database, /password\.reset_requested/);
  },
);
