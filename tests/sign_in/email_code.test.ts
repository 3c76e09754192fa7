import assert from "node:assert/strict";
import { refusedForGood } from "../../src/emulators/mail/switches.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { from } from "../support/callers.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { codeFor, mailedCode, requestCode, verifyCode, wrongCode } from "../support/codes.ts";
import { eventually, times } from "../support/eventually.ts";
import { newPerson, PASSWORD, register, signIn, viewerOf } from "../support/people.ts";
import { captureLogs, dump, leaks } from "../support/secrets.ts";
import { subscribe } from "../support/live.ts";
import { post } from "../support/wire.ts";

const FLOW = `query ($id: ID!) { flow(id: $id) { id status user { id } failure { code } steps { name }
  ... on EmailCodeFlow { attemptsLeft } } }`;

/** Waits until the flow records that the mail was sent. The inbox may have it earlier. */
function mailIsNoted(app: TestApp, id: string): Promise<boolean> {
  return eventually("the flow says that the mail was sent", async () => {
    const { data } = await post(app, FLOW, { variables: { id } });
    return (data?.["flow"] as { steps: { name: string }[] }).steps.some(({ name }) => name === "mail_sent");
  });
}

onEachDatabase(
  "a mailed code signs in, and creates the account of a new address",
  async (database) => {
    await using app = await startApp({ database });
    const { flow } = await requestCode(app, "  Ada.Lovelace+home@example.test ");
    assert.deepEqual([flow.status, flow.email, flow.attemptsLeft], [
      "WAITING",
      "Ada.Lovelace+home@example.test",
      5,
    ]);
    assert.deepEqual(flow.steps.map(({ name }) => name), ["requested", "mail_queued"]);
    const code = await mailedCode(app, "Ada.Lovelace+home@example.test");
    await mailIsNoted(app, flow.id);
    const signedIn = await verifyCode(app, flow.id, code);
    assert.equal(signedIn.__typename, "SignedIn", JSON.stringify(signedIn));
    const { id, ...user } = signedIn.user;
    assert.deepEqual(user, {
      username: null,
      email: "Ada.Lovelace+home@example.test",
      emailVerified: true,
      isGuest: false,
      state: "AUTH",
      methods: ["EMAIL_CODE"],
    });
    assert.equal((await verifyCode(app, flow.id, code)).code, "CODE_REJECTED", "once");
    const again = await codeFor(app, "ada.lovelace+HOME@example.test").catch(() => undefined);
    assert.equal(again, undefined, "a minute has not passed");
    app.clock.advance(61);
    const second = await requestCode(app, "ada.lovelace+HOME@example.test");
    const other = await verifyCode(
      app,
      second.flow.id,
      await mailedCode(app, "ada.lovelace+HOME@example.test"),
    );
    assert.equal(other.user.id, id, "in whatever case, the same");
    const { data } = await post(app, FLOW, {
      variables: { id: flow.id },
      token: signedIn.tokens.accessToken,
    });
    const ended = data?.["flow"] as { status: string; user: { id: string }; steps: { name: string }[] };
    assert.deepEqual([ended.status, ended.user.id], ["SUCCEEDED", id]);
    assert.deepEqual(ended.steps.map(({ name }) => name), [
      "requested",
      "mail_queued",
      "mail_sent",
      "signed_in",
    ]);
  },
);

onEachDatabase("R21: a code has five attempts, ten minutes, and any form of digits", async (database) => {
  await using app = await startApp({ database });
  const one = await codeFor(app, "one@example.test");
  for (const junk of ["12345", "1234567", "abcdef", "12345a", "", "１２３４５", "9".repeat(1000)]) {
    assert.equal((await verifyCode(app, one.id, junk)).code, "INVALID_INPUT", junk);
  }
  for (let left = 4; left >= 1; left--) {
    assert.equal((await verifyCode(app, one.id, wrongCode(one.code))).code, "CODE_REJECTED");
    const { data } = await post(app, FLOW, { variables: { id: one.id } });
    assert.equal((data?.["flow"] as { attemptsLeft: number }).attemptsLeft, left);
  }
  const wide = [...one.code].map((digit) => String.fromCodePoint(0xff10 + Number(digit)));
  const spelled = ` ${wide.slice(0, 3).join("")} ${wide.slice(3).join("-")} `;
  assert.equal((await verifyCode(app, one.id, spelled)).__typename, "SignedIn");

  const two = await codeFor(app, "two@example.test");
  for (let tries = 0; tries < 5; tries++) await verifyCode(app, two.id, wrongCode(two.code));
  assert.equal(
    (await verifyCode(app, two.id, two.code)).code,
    "CODE_REJECTED",
    "the right one comes too late",
  );
  const { data } = await post(app, FLOW, { variables: { id: two.id } });
  const { status, failure } = data?.["flow"] as { status: string; failure: { code: string } };
  assert.deepEqual([status, failure.code], ["FAILED", "CODE_REJECTED"]);

  const three = await codeFor(app, "three@example.test");
  app.clock.advance(10 * 60 + 1);
  assert.equal((await verifyCode(app, three.id, three.code)).code, "CODE_REJECTED");
});

onEachDatabase("R23: a code works with its own flow only, and older codes stay valid", async (database) => {
  await using app = await startApp({ database });
  const first = await codeFor(app, "ada@example.test");
  app.clock.advance(61);
  const second = await codeFor(app, "ada@example.test");
  if (first.code !== second.code) {
    assert.equal((await verifyCode(app, first.id, second.code)).code, "CODE_REJECTED");
  }
  const plain = first.id.split(".")[0] ?? "";
  for (
    const id of [
      plain,
      `${plain}.${"A".repeat(22)}`,
      `${first.id}x`,
      "nonsense",
      second.id.replace(/.$/, "!"),
    ]
  ) {
    assert.equal((await verifyCode(app, id, first.code)).code, "CODE_REJECTED", id);
    const { data, errors } = await post(app, FLOW, { variables: { id } });
    assert.ok(!data?.["flow"], id);
    assert.ok(errors.length === 0 || errors[0]?.extensions?.code === "UNAUTHENTICATED", id);
  }
  assert.equal((await verifyCode(app, first.id, first.code)).__typename, "SignedIn");
  assert.equal((await verifyCode(app, second.id, second.code)).__typename, "SignedIn");
});

onPostgres(
  "R24: 100 parallel right codes create one session, and of 100 wrong ones 5 are compared",
  async (database) => {
    await using app = await startApp({ database, env: { LIMIT_CODE_TRIES_PER_ACCOUNT_HOUR: "1000" } });
    const right = await codeFor(app, "ada@example.test");
    const answers = await times(100, () => verifyCode(app, right.id, right.code));
    assert.equal(answers.filter(({ __typename }) => __typename === "SignedIn").length, 1);
    assert.equal(answers.filter(({ code }) => code === "CODE_REJECTED").length, 99);

    const wrong = await codeFor(app, "bob@example.test");
    const refused = await times(100, () => verifyCode(app, wrong.id, wrongCode(wrong.code)));
    assert.deepEqual([...new Set(refused.map(({ code }) => code))], ["CODE_REJECTED"]);
    await app.services.eventLog.settled();
    const { data } = await post(
      app,
      `{ events(first: 500, types: ["email_code.rejected"]) { nodes { id } } }`,
      {
        token: await app.operatorToken("READ"),
      },
    );
    assert.equal((data?.["events"] as { nodes: unknown[] }).nodes.length, 5, "compared");
    assert.equal((await verifyCode(app, wrong.id, wrong.code)).code, "CODE_REJECTED", "dead");
  },
);

onEachDatabase(
  "R27: verifying an address takes over the account that claims it, without its password and sessions",
  async (database) => {
    await using app = await startApp({ database });
    const eve = await register(app, { username: "eve", email: "ada@example.test", password: PASSWORD });
    const session = await signIn(app, "eve");
    await app.inbox.next("ada@example.test");
    const { id, code } = await codeFor(app, "ada@example.test");
    const signedIn = await verifyCode(app, id, code);
    assert.equal(signedIn.user.id, eve.user?.id);
    assert.deepEqual(signedIn.user.methods, ["EMAIL_CODE"]);
    assert.equal((await signIn(app, "eve")).code, "INVALID_CREDENTIALS");
    assert.equal(await viewerOf(app, session.tokens.accessToken), null);
  },
);

onEachDatabase(
  "a disabled account is reported only after the right code, which is consumed",
  async (database) => {
    await using app = await startApp({ database });
    const { id, code } = await codeFor(app, "ada@example.test");
    const { user } = await verifyCode(app, id, code);
    const token = await app.operatorToken();
    await post(app, `mutation ($id: ID!) { setUserDisabled(userId: $id, disabled: true) { __typename } }`, {
      token,
      variables: { id: user.id },
    });
    app.clock.advance(61);
    const next = await codeFor(app, "ada@example.test");
    assert.equal((await verifyCode(app, next.id, wrongCode(next.code))).code, "CODE_REJECTED");
    assert.equal((await verifyCode(app, next.id, next.code)).code, "ACCOUNT_DISABLED");
    assert.equal((await verifyCode(app, next.id, next.code)).code, "CODE_REJECTED");
  },
);

onPglite(
  "R22: attempts are limited across codes, and so are mails",
  async (database) => {
    await using app = await startApp({
      database,
      env: { LIMIT_CODE_TRIES_PER_ACCOUNT_HOUR: "3", LIMIT_MAILS_PER_RECIPIENT_DAY: "2" },
    });
    const { id, code } = await codeFor(app, "ada@example.test");
    for (let tries = 0; tries < 3; tries++) await verifyCode(app, id, wrongCode(code));
    assert.equal((await verifyCode(app, id, code)).code, "RATE_LIMITED");
    app.clock.advance(61);
    const second = await codeFor(app, "ada@example.test");
    assert.equal(
      (await verifyCode(app, second.id, second.code)).code,
      "RATE_LIMITED",
      "whatever flow it is of",
    );
    app.clock.advance(61);
    assert.equal((await requestCode(app, "ada@example.test")).code, "RATE_LIMITED", "mails are used up");
  },
);

onEachDatabase("resendAt says when another code may be requested", async (database) => {
  await using app = await startApp({ database });
  const { flow } = await requestCode(app, "ada@example.test");
  const wait = (Date.parse(flow.resendAt) - app.clock.now().getTime()) / 1000;
  assert.ok(wait > 50 && wait <= 60, String(wait));
  const early = await requestCode(app, "ada@example.test");
  assert.equal(early.code, "RATE_LIMITED");
  assert.ok(early.retryAfterSeconds > 50);
  app.clock.advance(wait + 1);
  assert.equal((await requestCode(app, "ada@example.test")).__typename, "EmailCodeSent");
});

onEachDatabase("resendAt also considers the reserve of a known network", async (database) => {
  const env = { LIMIT_MAILS_PER_RECIPIENT_DAY: "2", LIMIT_MAILS_PER_KNOWN_ADDRESS_DAY: "1" };
  await using app = await startApp({ database, env });
  const [home, stranger] = [from(app, "203.0.113.7"), from(app, "203.0.113.9")];
  const ask = (who: typeof home) => requestCode(who, "ada@example.test");
  const { flow } = await ask(home);
  assert.equal(
    (await verifyCode(home, flow.id, await mailedCode(app, "ada@example.test"))).__typename,
    "SignedIn",
  );
  app.clock.advance(61);
  const { flow: last } = await ask(stranger);
  app.clock.advance(61);
  /** Seconds until this caller may request another code, according to `resendAt`. */
  const wait = async (who: typeof home) => {
    const query = "query ($id: ID!) { flow(id: $id) { ... on EmailCodeFlow { resendAt } } }";
    const { data } = await post(who, query, { variables: { id: last.id } });
    const { resendAt } = data?.["flow"] as { resendAt: string };
    return Math.max(0, Math.ceil((Date.parse(resendAt) - app.clock.now().getTime()) / 1000));
  };
  assert.ok(await wait(stranger) > 60 * 60, "the recipient's are used up");
  assert.equal((await ask(stranger)).code, "RATE_LIMITED");
  assert.equal(await wait(home), 0);
  assert.equal((await ask(home)).__typename, "EmailCodeSent");
  app.clock.advance(61);
  const left = await wait(home);
  assert.ok(left > 60 * 60, "so is the reserve");
  assert.equal((await ask(home)).code, "RATE_LIMITED");
  app.clock.advance(left + 1);
  assert.equal((await ask(home)).__typename, "EmailCodeSent");
});

onEachDatabase("a flow can be watched with its key only", async (database) => {
  await using app = await startApp({ database });
  const { flow } = await requestCode(app, "ada@example.test");
  const live = await subscribe(
    app.fetch,
    "subscription ($id: ID!) { flow(id: $id) { status steps { name } } }",
    {
      variables: { id: flow.id },
    },
  );
  const code = await mailedCode(app, "ada@example.test");
  await mailIsNoted(app, flow.id);
  await verifyCode(app, flow.id, wrongCode(code));
  await verifyCode(app, flow.id, code);
  const values = await live.ended();
  const last = values.at(-1)?.["flow"] as { status: string; steps: { name: string }[] };
  assert.equal(last.status, "SUCCEEDED");
  assert.deepEqual(last.steps.map(({ name }) => name).sort(), [
    "code_rejected",
    "mail_queued",
    "mail_sent",
    "requested",
    "signed_in",
  ]);
  const person = await newPerson(app);
  const { data } = await post(app, FLOW, {
    variables: { id: flow.id.split(".")[0] },
    token: person.accessToken,
  });
  assert.equal(data?.["flow"], null);
});

onEachDatabase(
  "a flow fails with an error when the mail server refuses the address permanently",
  async (database) => {
    await using app = await startApp({ database });
    app.inbox.switches.faults = [refusedForGood(1)];
    const { flow } = await requestCode(app, "ada@example.test");
    const failed = await eventually("the flow has failed", async () => {
      const { data } = await post(app, FLOW, { variables: { id: flow.id } });
      const seen = data?.["flow"] as { status: string; failure: { code: string } };
      return seen.status === "FAILED" && seen;
    });
    assert.equal(failed.failure.code, "PROVIDER_UNAVAILABLE");
  },
);

onEachDatabase(
  "R32: neither the code nor the key is in the database, an event or a log line",
  async (database) => {
    await using logs = await captureLogs();
    await using app = await startApp({ database });
    const { id, code } = await codeFor(app, "ada@example.test");
    const [, key = ""] = id.split(".");
    await verifyCode(app, id, wrongCode(code));
    const text = await dump(app.services);
    assert.deepEqual(leaks(`${text}\n${logs.text()}`, [key]), []);
    assert.ok(!text.includes(`${code} is your`), "its subject is sealed");
    await verifyCode(app, id, code);
  },
);

onPglite("without mail, codes cannot be requested, and everything else works", async (database) => {
  await using app = await startApp({ database, env: { SMTP_URL: "", MAIL_FROM: "" } });
  const answer = await requestCode(app, "ada@example.test");
  assert.equal(answer.code, "MAIL_NOT_CONFIGURED");
  await newPerson(app);
});

onPglite("malformed addresses are rejected", async (database) => {
  await using app = await startApp({ database });
  const bad = [
    "",
    "ada",
    "a b@example.test",
    '"a b"@example.test',
    "ädä@example.test",
    "ada@example.test\r\nBcc: x@y.zz",
  ];
  for (const email of [...bad, `${"a".repeat(400)}@example.test`]) {
    assert.equal((await requestCode(app, email)).code, "INVALID_INPUT", email);
  }
});

onPglite("a cancelled flow accepts no code, and a code must be a string", async (database) => {
  await using app = await startApp({ database });
  const { id, code } = await codeFor(app, "ada@example.test");
  const asNumber = `mutation { verifyEmailCode(input: { flowId: "${id}", code: ${
    Number(code) || 1
  } }) { __typename } }`;
  assert.match((await post(app, asNumber)).errors[0]?.message ?? "", /Expected a value of type/);
  const cancel = "mutation ($id: ID!) { cancelFlow(id: $id) { __typename ... on AuthError { code } } }";
  const stranger = await post(app, cancel, { variables: { id: id.split(".")[0] } });
  assert.equal((stranger.data?.["cancelFlow"] as { code: string }).code, "UNAUTHENTICATED");
  const cancelled = await post(app, cancel, { variables: { id } });
  assert.equal((cancelled.data?.["cancelFlow"] as { __typename: string }).__typename, "FlowChanged");
  assert.equal((await verifyCode(app, id, code)).code, "CODE_REJECTED");
});

onPglite("R43: a flow can be watched with its key twenty times at once", async (database) => {
  await using app = await startApp({ database });
  const { flow } = await requestCode(app, "ada@example.test");
  const watch = () =>
    subscribe(app.fetch, "subscription ($id: ID!) { flow(id: $id) { status } }", {
      variables: { id: flow.id },
    });
  const open = await times(20, watch);
  await Promise.all(open.map((live) => live.value()));
  const more = await watch();
  assert.deepEqual(await more.refusal(), ["RATE_LIMITED"]);
  await Promise.all([...open, more].map((live) => live.leave()));
  await eventually("all are closed", () => app.services.subscriptions.size === 0);
});
