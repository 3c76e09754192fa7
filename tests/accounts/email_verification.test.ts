import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { counted, eventsAbout, mailedToken, nextMail } from "../support/callers.ts";
import { REQUEST_VERIFICATION, requestVerification, resetPassword } from "../support/callers.ts";
import { setDisabled, verifyEmail } from "../support/callers.ts";
import { linksTo, openPage, pressButton } from "../support/link_pages.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { times } from "../support/eventually.ts";
import { PASSWORD, register, signedIn, signIn } from "../support/people.ts";
import { post } from "../support/wire.ts";

const ADDRESS = "ada@example.test";

/** Registers a user who claims an address, and returns the token mailed to it. */
async function newClaim(app: TestApp, username = "ada", email = ADDRESS): Promise<string> {
  const { __typename } = await register(app, { username, email, password: PASSWORD });
  assert.equal(__typename, "Registered");
  return await mailedToken(app, email);
}

async function isProven(app: TestApp, username = "ada"): Promise<boolean> {
  const { accessToken } = await signedIn(app, username);
  const { data } = await post(app, "{ viewer { emailVerified } }", { token: accessToken });
  return (data?.["viewer"] as { emailVerified: boolean }).emailVerified;
}

onEachDatabase(
  "R25: the mailed link opens a page, and only its button verifies the address",
  async (database) => {
    await using app = await startApp({ database, env: { PUBLIC_URL: "https://auth.example.test" } });
    await register(app, { username: "ada", email: ADDRESS, password: PASSWORD });
    const mail = await nextMail(app, ADDRESS);
    const [link] = linksTo(mail.text);
    assert.ok(link && new URL(link).origin === "https://auth.example.test", mail.text);
    assert.deepEqual([...new Set(linksTo(mail.html))], [link], "the html says the same");
    const { hash, search, pathname } = new URL(link);
    const token = hash.replace("#token=", "");
    assert.deepEqual([pathname, search], ["/verify-email", ""]);
    assert.match(token, /^spv_[\w-]{43,}$/);
    assert.ok(!mail.subject.includes(token));

    // Requests by a browser, by a client that sends the token as a query, and by a scanner that sends HEAD.
    for (const method of ["GET", "HEAD", "GET"]) {
      for (const query of ["", `?token=${token}`]) await openPage(app, `/verify-email${query}`, method);
    }
    const asked = await app.fetch(
      new Request(
        `http://127.0.0.1:4000/graphql?query=${
          encodeURIComponent(`mutation { verifyEmail(token: "${token}") { __typename } }`)
        }`,
      ),
    );
    assert.equal(asked.status, 405);
    await asked.body?.cancel();
    assert.equal(await isProven(app), false);

    assert.equal((await pressButton(app, await openPage(app, pathname), { token })).__typename, "Done");
    assert.equal(await isProven(app), true);
    assert.equal((await signIn(app, ADDRESS)).__typename, "SignedIn");
    assert.equal(
      (await pressButton(app, await openPage(app, pathname), { token })).__typename,
      "CodeRejectedError",
    );
    const { id } = await signedIn(app, "ada");
    const proven = (await eventsAbout(app, id)).filter(({ type }) => type.startsWith("email."));
    assert.deepEqual(proven, [{ type: "email.verified", data: {} }]);
  },
);

onEachDatabase("a verification link works once, for its address and until it expires", async (database) => {
  await using app = await startApp({
    database,
    env: { VERIFICATION_LINK_HOURS: "2" },
  });
  const token = await newClaim(app);
  const uses = await times(20, () => verifyEmail(app, token));
  assert.deepEqual(counted(uses), { Done: 1, CODE_REJECTED: 19 });

  const late = await newClaim(app, "bob", "bob@example.test");
  app.clock.advance(2 * 60 * 60 - 60);
  const fresh = await newClaim(app, "eve", "eve@example.test");
  app.clock.advance(61);
  assert.equal((await verifyEmail(app, late)).code, "CODE_REJECTED");
  assert.equal((await verifyEmail(app, fresh)).__typename, "Done");

  const wrong = [
    "",
    "x",
    "spv_",
    fresh.toUpperCase(),
    `${fresh}x`,
    ` ${fresh}`,
    fresh.replace("spv", "spw"),
    "\0",
    "\ud800",
  ];
  const answers = [verifyEmail(app, fresh), ...wrong.map((each) => verifyEmail(app, each))];
  assert.deepEqual(counted(await Promise.all(answers)), { CODE_REJECTED: wrong.length + 1 });
});

onEachDatabase(
  "a new verification link leaves older ones valid, and using one invalidates all",
  async (database) => {
    await using app = await startApp({ database });
    const tokens = [await newClaim(app)];
    const { accessToken } = await signedIn(app, "ada");
    for (const token of [accessToken, undefined]) {
      const email = token ? undefined : " ADA@example.test";
      assert.equal((await requestVerification(app, email, { token })).__typename, "Done");
      tokens.push(await mailedToken(app, token ? ADDRESS : "ADA@example.test"));
    }
    assert.equal(new Set(tokens).size, 3);
    const [first = "", second = "", third = ""] = tokens;
    assert.equal((await resetPassword(app, second, "a whole new one")).code, "CODE_REJECTED");
    assert.equal((await verifyEmail(app, second)).__typename, "Done");
    for (const spent of [first, second, third]) {
      assert.equal(
        (await verifyEmail(app, spent)).code,
        "CODE_REJECTED",
      );
    }
    await signedIn(app, ADDRESS);
  },
);

onPostgres("of several links used at once, one verifies the address", async (database) => {
  await using app = await startApp({ database });
  for (let round = 0; round < 5; round++) {
    const [username, email] = [`ada${round}`, `ada${round}@example.test`];
    const tokens = [await newClaim(app, username, email)];
    while (tokens.length < 4) {
      await requestVerification(app, email);
      tokens.push(await mailedToken(app, email));
    }
    const answers = await Promise.all(tokens.map((token) => verifyEmail(app, token)));
    assert.deepEqual(counted(answers), { Done: 1, CODE_REJECTED: 3 });
  }
});

onEachDatabase("requesting a verification reveals nothing about an address", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operatorToken("OPERATE");
  await verifyEmail(app, await newClaim(app));
  await newClaim(app, "bob", "bob@example.test");
  const disabledToken = await newClaim(app, "eve", "eve@example.test");
  await setDisabled(app, operator, (await signedIn(app, "eve")).id, true);
  const before = app.inbox.mails.length;

  const addresses = [ADDRESS, "eve@example.test", "nobody@example.test", "bob@example.test"];
  const answers = [];
  for (const email of addresses) {
    const { text, status } = await post(app, REQUEST_VERIFICATION, { variables: { email } });
    answers.push(`${status} ${text}`);
  }
  assert.equal(new Set(answers).size, 1, answers.join("\n"));
  assert.match(answers[0] ?? "", /"Done"/);
  await mailedToken(app, "bob@example.test");
  assert.equal(
    app.inbox.mails.length,
    before + 1,
    "verified, disabled and unknown addresses get none",
  );
  assert.equal((await verifyEmail(app, disabledToken)).code, "CODE_REJECTED");

  const { accessToken: token } = await signedIn(app, "ada");
  assert.equal(
    (await requestVerification(app, "bob@example.test", { token })).__typename,
    "Done",
    "it is her own",
  );
  for (const email of [undefined, "", "no address", "a@b@example.test"]) {
    assert.equal((await requestVerification(app, email)).code, "INVALID_INPUT");
  }
  const plain = await register(app, { username: "zoe", password: PASSWORD }).then(() => signedIn(app, "zoe"));
  assert.equal((await requestVerification(app, ADDRESS, { token: plain.accessToken })).code, "INVALID_INPUT");
  assert.equal(app.inbox.mails.length, before + 1);
});

onPglite("without mail, nothing can be verified", async (database) => {
  await using app = await startApp({ database, env: { SMTP_URL: "" } });
  assert.equal((await requestVerification(app, ADDRESS)).code, "MAIL_NOT_CONFIGURED");
  assert.equal((await verifyEmail(app, "spv_x")).code, "CODE_REJECTED");
});
