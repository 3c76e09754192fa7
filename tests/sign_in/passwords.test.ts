import assert from "node:assert/strict";
import { newKeyring, startApp, type TestApp } from "../support/app.ts";
import { changePassword, eventsAbout, heldHash, mailedToken, nextMail } from "../support/callers.ts";
import { setDisabled, verifyEmail } from "../support/callers.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { newName, newPerson, PASSWORD, type Person, refresh } from "../support/people.ts";
import { register, signedIn, signIn, viewerOf } from "../support/people.ts";

/** Waits until this token is rejected. */
function isNobody(app: TestApp, token: string): Promise<boolean> {
  return eventually("the session's token does not pass", async () => await viewerOf(app, token) === null);
}

/** Registers a new user with this password. Returns the error code, or `Registered`. */
async function chosen(app: TestApp, password: string, more: Record<string, unknown> = {}): Promise<string> {
  const { code, __typename } = await register(app, { username: newName(), password, ...more });
  return code ?? __typename;
}

onPglite("R18: 8 to 128 characters of any kind, not common and not the own name", async (database) => {
  await using app = await startApp({ database });
  const weak = (password: string, more?: Record<string, unknown>) =>
    chosen(app, password, more).then((code) => assert.equal(code, "WEAK_PASSWORD", password));
  const fine = (password: string, more?: Record<string, unknown>) =>
    chosen(app, password, more).then((code) => assert.equal(code, "Registered", password));
  for (const character of ["q", "é", "漢", "\u{1f980}", "\u{1d552}"]) {
    const row = (count: number) => `${character}${"z".repeat(count - 2)}${character}`;
    await weak(row(7));
    await fine(row(8));
    await fine(row(128));
    await weak(row(129));
  }
  await weak("");
  await weak("\u{1f980}".repeat(7));
  await fine("\u{1f980}".repeat(128));
  for (const kind of ["        x", "xqvzkjwp", "71940283", "\0\0\0\0\0\0\0\0", "\u202eabcdefg", "ẞßẞßẞßẞß"]) {
    await fine(kind);
  }
  for (const common of ["password", "PassWord", "12345678", "iloveyou", "qwertyuiop", "ｐａｓｓｗｏｒｄ"]) {
    await weak(common);
  }
  for (const half of ["abcdefgh\ud83e", "\udd80abcdefgh", "\udd80\ud83eabcdefg"]) {
    assert.equal(await chosen(app, half), "INVALID_INPUT");
  }
  await weak("Grace-Hopper", { username: "grace-hopper" });
  await weak("gRACE@navy.TEST", { username: newName(), email: "Grace@Navy.test" });
  await weak("ｇｒａｃｅ-ｈｏｐｐｅｒ", { username: "grace-hopper" });
  await fine("Grace-Hopper", { username: "grace" });
});

onPglite("R18: the minimum length is configurable, and counts the characters as typed", async (database) => {
  const env = { PASSWORD_MIN_CHARACTERS: "15" };
  await using app = await startApp({ database, env });
  // NFKC turns the first one into 18 characters, and each of the others into 3.
  assert.equal(await chosen(app, "\ufdfa"), "WEAK_PASSWORD");
  assert.equal(await chosen(app, "½".repeat(14)), "WEAK_PASSWORD");
  for (const long of ["½".repeat(64), "½".repeat(128), "\ufdfa".repeat(128)]) {
    const username = newName();
    assert.equal((await register(app, { username, password: long })).__typename, "Registered");
    await signedIn(app, username, long);
  }
  assert.equal(await chosen(app, "½".repeat(129)), "WEAK_PASSWORD");
  assert.equal(await chosen(app, "x".repeat(7) + "y".repeat(7)), "WEAK_PASSWORD");
  assert.equal(await chosen(app, "x".repeat(7) + "y".repeat(8)), "Registered");
});

onEachDatabase("R18: every character counts, and equivalent spellings are equal", async (database) => {
  await using app = await startApp({ database });
  const different = [
    ["abcdefgh\0x", "abcdefgh\0y"],
    [`${"a".repeat(127)}x`, `${"a".repeat(127)}y`],
    [`${"\u{1f980}".repeat(127)}x`, `${"\u{1f980}".repeat(127)}y`],
    ["correct horse", "correct horse "],
    ["correct horse", "Correct horse"],
  ] as const;
  const same = [
    ["caf\u00e9 au lait", "cafe\u0301 au lait"],
    ["\ufb01ne \ud55c\uae00 \u2460 password", "fine \u1112\u1161\u11ab\u1100\u1173\u11af 1 password"],
    ["Å, once Ångström", "\u212b, once A\u030angstr\u00f6m"],
  ] as const;
  for (const [password, other] of [...different, ...same]) {
    const username = newName();
    assert.equal((await register(app, { username, password })).__typename, "Registered");
    assert.equal((await signIn(app, username, password)).__typename, "SignedIn", JSON.stringify(password));
    const passes = same.some(([one]) => one === password);
    const expected = passes ? undefined : "INVALID_CREDENTIALS";
    assert.equal((await signIn(app, username, other)).code, expected, JSON.stringify(other));
  }
  // Encoders replace a lone surrogate with U+FFFD. The two must not be equal.
  const username = newName();
  await register(app, { username, password: "abcdefgh\ufffd" });
  assert.equal((await signIn(app, username, "abcdefgh\ud83e")).code, "INVALID_CREDENTIALS");
});

onEachDatabase("users sign in by username and by verified address, ignoring case", async (database) => {
  await using app = await startApp({ database });
  await register(app, { username: "Ada.L", email: "Ada@Example.test", password: PASSWORD });
  for (const name of ["Ada.L", "ada.l", "ADA.L", "  ada.l ", "\tADA.l\n"]) await signedIn(app, name);
  const addresses = ["ada@example.test", "Ada@Example.test", " ADA@EXAMPLE.TEST "];
  for (const email of addresses) assert.equal((await signIn(app, email)).code, "INVALID_CREDENTIALS");
  await verifyEmail(app, await mailedToken(app, "Ada@Example.test"));
  for (const email of addresses) await signedIn(app, email);
});

onEachDatabase("R15: a changed password ends the other sessions and mails the owner", async (database) => {
  await using app = await startApp({ database });
  await register(app, { username: "ada", email: "ada@example.test", password: PASSWORD });
  await verifyEmail(app, await mailedToken(app, "ada@example.test"));
  const [here, there] = [await signedIn(app, "ada"), await signedIn(app, "ada")];
  const bob = await newPerson(app);

  assert.equal(
    (await changePassword(app, here.accessToken, "wrong", "a whole new one")).code,
    "INVALID_CREDENTIALS",
  );
  for (const weak of ["short", "password", "ada@example.test"]) {
    assert.equal((await changePassword(app, here.accessToken, PASSWORD, weak)).code, "WEAK_PASSWORD", weak);
  }
  assert.equal((await changePassword(app, "", PASSWORD, "a whole new one")).code, "UNAUTHENTICATED");
  assert.equal(await viewerOf(app, there.accessToken), "ada", "what was refused changed nothing");

  assert.equal((await changePassword(app, here.accessToken, PASSWORD, "a whole new one")).__typename, "Done");
  await isNobody(app, there.accessToken);
  assert.equal((await refresh(app, there.refreshToken)).code, "SESSION_ENDED");
  assert.equal(await viewerOf(app, here.accessToken), "ada");
  assert.equal((await refresh(app, here.refreshToken)).__typename, "SignedIn");
  assert.equal(await viewerOf(app, bob.accessToken), bob.username);
  assert.equal((await signIn(app, "ada", PASSWORD)).code, "INVALID_CREDENTIALS");
  await signedIn(app, "ada", "a whole new one");

  const told = await nextMail(app, "ada@example.test");
  assert.equal(told.subject, "Your password was changed");
  assert.ok(!told.raw.includes("#token="));
  const events = (await eventsAbout(app, here.id)).filter(({ type }) =>
    /^(password\.(rej|cha)|session\.rev)/.test(type)
  );
  assert.deepEqual(events.map(({ type }) => type).sort(), [
    "password.changed",
    "password.rejected",
    "password.rejected",
    "session.revoked",
  ]);
  assert.deepEqual(events.find(({ type }) => type === "password.changed")?.data, { by: "password_changed" });
});

onPglite("an unverified address gets no mail about a new password", async (database) => {
  await using app = await startApp({ database });
  await register(app, { username: "eve", email: "ada@example.test", password: PASSWORD });
  await nextMail(app, "ada@example.test");
  const eve = await signedIn(app, "eve");
  await changePassword(app, eve.accessToken, PASSWORD, "a whole new one");
  const mails = await app.services.db.selectFrom("mails").select("subject").execute();
  assert.deepEqual(mails.map(({ subject }) => subject), ["Confirm your e-mail address"]);
});

onPostgres(
  "no session is issued if the password is changed or the user disabled during the sign-in",
  async (database) => {
    const held = heldHash();
    const keys = newKeyring();
    await using slow = await startApp({ database, keys, passwordHash: held.passwordHash });
    await using app = await startApp({ database, keys });
    const operator = await app.operatorToken("OPERATE");
    const [ada, bob, eve] = [await newPerson(app), await newPerson(app), await newPerson(app)];
    const meanwhile: [Person, () => Promise<{ __typename: string }>][] = [
      [ada, () => changePassword(app, ada.accessToken, PASSWORD, "a whole new one")],
      [bob, () => setDisabled(app, operator, bob.id, true)],
    ];
    for (const [person, change] of meanwhile) {
      held.hold(1);
      const signingIn = signIn(slow, person.username);
      await eventually("the password is being checked", () => held.inFlight() === 1);
      assert.equal((await change()).__typename, "Done");
      held.release();
      assert.equal((await signingIn).code, "INVALID_CREDENTIALS");
      const sessions = await app.services.db.selectFrom("sessions").select("id").where(
        "user_id",
        "=",
        person.id,
      ).execute();
      assert.equal(sessions.length, 1, "that of before");
    }
    await isNobody(app, bob.accessToken);
    assert.equal((await signIn(app, bob.username)).code, "INVALID_CREDENTIALS");

    // Of two parallel changes, the slower one was checked against a password that is no longer valid.
    held.hold(1);
    const changing = changePassword(slow, eve.accessToken, PASSWORD, "the slow one's");
    await eventually("the password is being checked", () => held.inFlight() === 1);
    assert.equal((await changePassword(app, eve.accessToken, PASSWORD, "the fast one's")).__typename, "Done");
    held.release();
    assert.equal((await changing).code, "INVALID_CREDENTIALS");
    await signedIn(app, eve.username, "the fast one's");
  },
);
