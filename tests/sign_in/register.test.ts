import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { counted, eventsAbout, mailedToken, nextMail, verifyEmail } from "../support/callers.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { times } from "../support/eventually.ts";
import { newName, PASSWORD, REGISTER, register, signedIn, signIn } from "../support/people.ts";
import { type Answer, everythingOf, post } from "../support/wire.ts";

type RegisteredUser = { id: string; username: string | null; email: string | null; emailVerified: boolean };

async function registered(app: TestApp, input: Record<string, unknown>): Promise<RegisteredUser | null> {
  const answer = await register(app, { password: PASSWORD, ...input });
  assert.equal(answer.__typename, "Registered", JSON.stringify(answer));
  return answer.user as RegisteredUser | null;
}

async function codeOf(app: TestApp, input: Record<string, unknown>): Promise<string> {
  const { code, __typename } = await register(app, { password: PASSWORD, ...input });
  return code ?? __typename;
}

function rawRegister(app: TestApp, input: Record<string, unknown>): Promise<Answer> {
  return post(app, REGISTER, { variables: { input: { password: PASSWORD, ...input } } });
}

onEachDatabase("users register with a username, an e-mail address, or both", async (database) => {
  await using app = await startApp({ database });
  const ada = await registered(app, { username: "Ada" });
  assert.deepEqual(ada, { id: ada?.id, username: "Ada", email: null, emailVerified: false });
  assert.match(ada?.id ?? "", /^usr_/);
  const { user, session } = await signIn(app, "Ada");
  assert.deepEqual([user.id, user.state, session.method], [ada?.id, "AUTH", "PASSWORD"]);
  assert.deepEqual(
    (await eventsAbout(app, ada?.id ?? "")).map(({ type }) => type),
    ["user.registered", "password.accepted", "session.issued", "state.changed"],
  );

  const bob = await registered(app, { username: "bob", email: " Bob@Example.test " });
  assert.deepEqual([bob?.email, bob?.emailVerified], ["Bob@Example.test", false]);
  await signedIn(app, "bob");
  assert.equal((await nextMail(app, "Bob@Example.test")).subject, "Confirm your e-mail address");

  assert.equal(await registered(app, { email: "eve@example.test" }), null);
  assert.equal((await signIn(app, "eve@example.test")).code, "INVALID_CREDENTIALS");
  assert.equal((await verifyEmail(app, await mailedToken(app, "eve@example.test"))).__typename, "Done");
  assert.equal((await signIn(app, "eve@example.test")).user.username, null);

  for (const nameless of [{}, { username: null, email: null }]) {
    assert.equal(await codeOf(app, nameless), "INVALID_INPUT");
  }
});

const NO_NAMES = [
  ...["", " ", " ada", "ada ", "a da", "ada@example.test", "@", "ädä", "аda", "ada\0", "ada\n", "ada\u200b"],
  ...["-ada", "ada.", "_", "a/b", "a'b", 'a"b', "a<b", "a\\b", "%", "a".repeat(65), "\ud800", "Ａda"],
];

onPglite("a username has 1 to 64 plain characters, and is unique ignoring case", async (database) => {
  await using app = await startApp({ database });
  for (const username of NO_NAMES) {
    assert.equal(await codeOf(app, { username }), "INVALID_INPUT", JSON.stringify(username));
  }
  for (const username of ["x", "7", "a.b_c-d", "a".repeat(64)]) {
    assert.equal((await registered(app, { username }))?.username, username);
    assert.equal(await codeOf(app, { username: username.toUpperCase() }), "USERNAME_TAKEN");
  }
});

const NO_ADDRESSES = [
  ...["", "ada", "ada@", "@example.test", "ada@localhost", "a b@example.test", "ada@exa mple.test"],
  ...[
    "ada@@example.test",
    "ada@home@example.test",
    '"ada"@example.test',
    "'ada@example.test'@",
    "ada@example",
  ],
  ...[
    "ada@example.test\r\nBcc: eve@example.test",
    "a\nb@example.test",
    "ada@exam\r\nple.test",
    "a\0@example.test",
  ],
  ...[
    "ädä@example.test",
    "ada@xn--a.exämple.test",
    "ada@１２７.0.0.1",
    "ada@℀.test",
    "ada@exämple.test＠",
    "ada@exämple.test:25",
    "\ud800@example.test",
    "ada@example.test,",
  ],
  ...["Ada <ada@example.test>", "ada@[127.0.0.1]", "ada@127.0.0.1", ".ada@example.test", "a..b@example.test"],
  ...["ada@-example.test", "ada@example..test", "ada@.test", "eve@example.test,ada@example.test"],
  ...[`${"a".repeat(65)}@example.test`, `${"a".repeat(388)}@example.test`, `a@${"b".repeat(64)}.test`],
  ...[`ab@${"b.".repeat(124)}test`],
];

onPglite("invalid e-mail addresses are rejected, and nothing is mailed", async (database) => {
  await using app = await startApp({ database });
  for (const email of NO_ADDRESSES) {
    assert.equal(await codeOf(app, { email, username: newName() }), "INVALID_INPUT", JSON.stringify(email));
  }
  const longest = `${"a".repeat(64)}@${"b".repeat(61)}.${"c".repeat(61)}.${"d".repeat(59)}.test`;
  // RFC 5321 allows one more, but smtp-server does not.
  assert.equal(longest.length, 253);
  for (const email of ["o'neill+news@mail.example.test", longest]) {
    assert.equal(await codeOf(app, { email }), "Registered");
    await nextMail(app, email);
  }
  assert.equal(app.inbox.mails.length, 2);
});

onEachDatabase(
  "R20: a taken address gets the same response as a new one, and its owner gets a mail",
  async (database) => {
    await using app = await startApp({ database });
    await registered(app, { email: "ada@example.test" });
    await verifyEmail(app, await mailedToken(app, "ada@example.test"));

    const [known, fresh] = [
      await rawRegister(app, { email: "ADA@example.test" }),
      await rawRegister(app, { email: "NEW@example.test" }),
    ];
    assert.deepEqual(everythingOf(known), everythingOf(fresh));
    assert.match(known.text, /"Registered"/);
    const told = await nextMail(app, "ada@example.test");
    assert.equal(told.subject, "You have an account already");
    assert.match(told.text, /\/reset-password#token=/);
    assert.equal((await nextMail(app, "NEW@example.test")).subject, "Confirm your e-mail address");
    assert.equal((await signIn(app, "ada@example.test")).__typename, "SignedIn", "nothing was changed");

    // With a username, another user gets an account, which does not own the address.
    const eve = await registered(app, {
      username: "eve",
      email: "ada@example.test",
      password: "eve's own secret",
    });
    const zoe = await registered(app, {
      username: "zoe",
      email: "zoe@example.test",
      password: "zoe's own secret",
    });
    assert.deepEqual(Object.keys(eve ?? {}), Object.keys(zoe ?? {}));
    assert.equal(eve?.emailVerified, false);
    assert.equal((await nextMail(app, "ada@example.test")).subject, "You have an account already");
    assert.equal((await signIn(app, "ada@example.test", "eve's own secret")).code, "INVALID_CREDENTIALS");
    await signedIn(app, "eve", "eve's own secret");
  },
);

onEachDatabase("R20: two users claim one address, and the first to verify it gets it", async (database) => {
  await using app = await startApp({ database });
  await registered(app, { username: "one", email: "ada@example.test", password: "the first one's" });
  const first = await mailedToken(app, "ada@example.test");
  await registered(app, { username: "two", email: "Ada@Example.test", password: "the second one's" });
  const second = await mailedToken(app, "Ada@Example.test");
  for (const [name, password] of [["one", "the first one's"], ["two", "the second one's"]] as const) {
    await signedIn(app, name, password);
    assert.equal((await signIn(app, "ada@example.test", password)).code, "INVALID_CREDENTIALS");
  }
  const proofs = await Promise.all([verifyEmail(app, second), verifyEmail(app, first)]);
  assert.deepEqual(counted(proofs), { Done: 1, CODE_REJECTED: 1 });
  const [winner, loser] = proofs[0].__typename === "Done"
    ? ["the second one's", "the first one's"]
    : ["the first one's", "the second one's"];
  assert.equal((await signIn(app, "ADA@EXAMPLE.TEST", winner)).__typename, "SignedIn");
  assert.equal((await signIn(app, "ada@example.test", loser)).code, "INVALID_CREDENTIALS");
  for (const late of [first, second]) assert.equal((await verifyEmail(app, late)).code, "CODE_REJECTED");
});

onEachDatabase("R20: of 20 parallel registrations of one username, one succeeds", async (database) => {
  await using app = await startApp({ database });
  const input = (index: number) => ({
    username: index % 2 ? "ada" : "ADA",
    email: `ada${index}@example.test`,
    password: `the secret of ${index}`,
  });
  const answers = await times(20, (index) => register(app, input(index)));
  assert.deepEqual(counted(answers), { Registered: 1, USERNAME_TAKEN: 19 });
  const winner = answers.findIndex(({ code }) => code === undefined);
  assert.equal((await signIn(app, "ada", `the secret of ${winner}`)).user.id, answers[winner]?.user?.id);
  await nextMail(app, `ada${winner}@example.test`);
  assert.equal(app.inbox.mails.length, 1, "the losers get no mail");
});

onPglite("without mail, registering needs a username, and works", async (database) => {
  await using app = await startApp({ database, env: { SMTP_URL: "" } });
  assert.equal(await codeOf(app, { email: "ada@example.test" }), "MAIL_NOT_CONFIGURED");
  const ada = await registered(app, { username: "ada", email: "ada@example.test" });
  assert.deepEqual([ada?.email, ada?.emailVerified], ["ada@example.test", false]);
  await signedIn(app, "ada");
});
