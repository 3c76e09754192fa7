import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { sql } from "kysely";
import { startApp } from "../support/app.ts";
import { counted, eventsAbout, setDisabled } from "../support/callers.ts";
import { guest } from "../support/codes.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { factorsOf, removeFactor } from "../support/factors.ts";
import {
  addPasskey,
  newAuthenticator,
  ORIGIN,
  registerWithPasskey,
  signInWithPasskey,
  signUpWithPasskey,
  startPasskeySignIn,
  startRegistration,
  usePasskey,
} from "../support/passkeys.ts";
import { mutate, newName, newPerson, signIn, viewerOf } from "../support/people.ts";
import { waitingForLocks } from "../support/races.ts";
import { post } from "../support/wire.ts";

onEachDatabase("a user signs up with a passkey alone, and signs in with it", async (database) => {
  await using app = await startApp({ database });
  const authenticator = newAuthenticator({ backupEligible: true, backedUp: true });
  const username = newName();
  const first = await signUpWithPasskey(app, authenticator, username);
  const again = await usePasskey(app, authenticator);
  for (const { session, tokens, user } of [first, again]) {
    assert.equal(user.id, first.user.id);
    assert.equal(session.method, "PASSKEY");
    assert.equal(session.assurance, "PHISHING_RESISTANT");
    assert.deepEqual(session.amr, ["pop", "user", "mfa"]);
    assert.equal(decodeJwt(tokens.accessToken)["acr"], "urn:sallyport:phishing-resistant");
    assert.equal(await viewerOf(app, tokens.accessToken), username);
  }
  const { data } = await post(app, "{ viewer { methods factors { kind name backedUp lastUsedAt } } }", {
    token: again.tokens.accessToken,
  });
  const viewer = data?.["viewer"] as { methods: string[]; factors: { lastUsedAt: string | null }[] };
  assert.deepEqual(viewer.methods, ["PASSKEY"]);
  const [{ lastUsedAt, ...factor } = { lastUsedAt: null }, ...others] = viewer.factors;
  assert.deepEqual([factor, others], [{ kind: "PASSKEY", name: "Passkey", backedUp: true }, []]);
  assert.ok(lastUsedAt);
  const types = (await eventsAbout(app, first.user.id)).map(({ type }) => type);
  const expected = ["user.registered", "factor.added", "session.issued", "factor.used", "session.issued"];
  assert.deepEqual(types.filter((type) => expected.includes(type)), expected);
});

onPglite(
  "a passkey makes a user without a name, and one with another name than at the start",
  async (database) => {
    await using app = await startApp({ database });
    const nameless = await signUpWithPasskey(app, newAuthenticator());
    assert.equal(await viewerOf(app, nameless.tokens.accessToken), null);
    assert.equal((await factorsOf(app, nameless.tokens.accessToken)).length, 1);
    const { id, options } = await startRegistration(app, {}, newName());
    const input = { ceremonyId: id, response: newAuthenticator().create(options, ORIGIN) };
    const other = newName();
    const { tokens } = await registerWithPasskey(app, { ...input, username: other });
    assert.equal(await viewerOf(app, tokens.accessToken), other);
  },
);

onPglite(
  "a taken name is refused at the start and at the end, and the ceremony goes on",
  async (database) => {
    await using app = await startApp({ database });
    const { username } = await newPerson(app);
    assert.equal((await startRegistration(app, {}, username.toUpperCase())).code, "USERNAME_TAKEN");
    assert.equal((await startRegistration(app, {}, "no name")).code, "INVALID_INPUT");
    const { id, options } = await startRegistration(app);
    const input = { ceremonyId: id, response: newAuthenticator().create(options, ORIGIN) };
    assert.equal((await registerWithPasskey(app, { ...input, username })).code, "USERNAME_TAKEN");
    assert.equal((await registerWithPasskey(app, { ...input, username: "no name" })).code, "INVALID_INPUT");
    const free = newName();
    assert.equal((await registerWithPasskey(app, { ...input, username: free })).__typename, "SignedIn");
    const used = await registerWithPasskey(app, { ...input, username: newName() });
    assert.equal(used.code, "SECOND_FACTOR_REJECTED");
  },
);

onPglite("registrations are limited for each address", async (database) => {
  await using app = await startApp({ database, env: { LIMIT_PASSKEY_SIGN_UPS_PER_ADDRESS_HOUR: "1" } });
  const { fetch } = app;
  const near = {
    fetch: (request: Request) =>
      fetch(request, { remoteAddr: { transport: "tcp", hostname: "192.0.2.7", port: 5_000 } }),
  };
  const { id } = await startRegistration(near);
  assert.equal((await startRegistration(near)).code, "RATE_LIMITED");
  assert.equal((await registerWithPasskey(near, { ceremonyId: id, response: {} })).code, "RATE_LIMITED");
});

onEachDatabase("a guest who registers a passkey becomes that user", async (database) => {
  await using app = await startApp({ database });
  const visitor = await guest(app);
  const token = visitor.tokens.accessToken;
  const authenticator = newAuthenticator();
  const username = newName();
  const { user, tokens } = await signUpWithPasskey(app, authenticator, username, { token });
  assert.equal(user.id, visitor.user.id);
  assert.equal(await viewerOf(app, tokens.accessToken), username);
  assert.equal(await viewerOf(app, token), null, "the guest's session has ended");
  assert.equal((await usePasskey(app, authenticator)).user.id, visitor.user.id);
  const upgraded = (await eventsAbout(app, user.id)).find(({ type }) => type === "guest.upgraded");
  assert.deepEqual(upgraded?.data, { method: "PASSKEY" });
});

onPglite("a registration is for the caller that began it", async (database) => {
  await using app = await startApp({ database });
  const [one, two] = [await guest(app), await guest(app)];
  const ada = await newPerson(app);
  const callers = [undefined, one.tokens.accessToken, two.tokens.accessToken, ada.accessToken];
  for (const token of callers.slice(0, 3)) {
    const { id, options } = await startRegistration(app, { token });
    const input = { ceremonyId: id, response: newAuthenticator().create(options, ORIGIN) };
    for (const other of callers.filter((each) => each !== token)) {
      assert.equal((await registerWithPasskey(app, input, { token: other })).code, "SECOND_FACTOR_REJECTED");
    }
    if (token === undefined) {
      assert.equal((await registerWithPasskey(app, input)).__typename, "SignedIn");
    }
  }
});

onPglite("a guest who signs in with a passkey is merged into the account", async (database) => {
  await using app = await startApp({ database });
  const authenticator = newAuthenticator();
  const { user } = await signUpWithPasskey(app, authenticator);
  const visitor = await guest(app);
  const answer = await usePasskey(app, authenticator, { token: visitor.tokens.accessToken });
  assert.equal(answer.user.id, user.id);
  assert.ok((await eventsAbout(app, user.id)).some(({ type }) => type === "guest.merged"));
});

onEachDatabase("of 50 parallel sign-ins with one response, one succeeds", async (database) => {
  await using app = await startApp({ database });
  const authenticator = newAuthenticator();
  await signUpWithPasskey(app, authenticator);
  const { id, options } = await startPasskeySignIn(app);
  const input = { ceremonyId: id, response: authenticator.get(options, ORIGIN) };
  const answers = await Promise.all(Array.from({ length: 50 }, () => signInWithPasskey(app, input)));
  assert.deepEqual(counted(answers), { SignedIn: 1, SECOND_FACTOR_REJECTED: 49 });
});

onEachDatabase("of 20 parallel registrations with one response, one succeeds", async (database) => {
  await using app = await startApp({ database });
  const { id, options } = await startRegistration(app);
  const responses = Array.from({ length: 20 }, () => newAuthenticator().create(options, ORIGIN));
  const answers = await Promise.all(
    responses.map((response) => registerWithPasskey(app, { ceremonyId: id, response, username: newName() })),
  );
  assert.deepEqual(counted(answers), { SignedIn: 1, SECOND_FACTOR_REJECTED: 19 });
  const { count } = await app.services.db.selectFrom("users")
    .select(({ fn }) => fn.countAll<string>().as("count")).executeTakeFirstOrThrow();
  assert.equal(Number(count), 1);
});

onPglite("one error for every wrong sign-in, and operators see why", async (database) => {
  await using app = await startApp({ database });
  const authenticator = newAuthenticator();
  const { user } = await signUpWithPasskey(app, authenticator);
  const stranger = newAuthenticator();
  await signUpWithPasskey(app, stranger);
  const [own] = authenticator.credentials;
  const [others] = stranger.credentials;
  assert.ok(own && others);
  const start = async () => {
    const { id, options } = await startPasskeySignIn(app);
    return { ceremonyId: id, options };
  };
  const refusedFor = async (reason: string, ceremonyId: string, response: unknown) => {
    const answer = await signInWithPasskey(app, { ceremonyId, response });
    assert.equal(answer.code, "SECOND_FACTOR_REJECTED", reason);
    return answer;
  };
  const replayed = await start();
  const right = authenticator.get(replayed.options, ORIGIN);
  await signInWithPasskey(app, { ceremonyId: replayed.ceremonyId, response: right });
  const answers = [await refusedFor("used", replayed.ceremonyId, right)];

  const next = await start();
  answers.push(
    await refusedFor("challenge", next.ceremonyId, right),
    await refusedFor("origin", next.ceremonyId, authenticator.get(next.options, "https://evil.test")),
  );
  const phished = newAuthenticator();
  phished.credentials.push({ ...own, rpId: "evil.test" });
  const elsewhere = phished.get({ ...next.options, rpId: "evil.test" }, ORIGIN);
  answers.push(await refusedFor("rp_id", next.ceremonyId, elsewhere));
  const lazy = newAuthenticator({ verifiesUser: false });
  lazy.credentials.push(own);
  answers.push(
    await refusedFor("user_verification", next.ceremonyId, lazy.get(next.options, ORIGIN)),
  );
  const impostor = newAuthenticator();
  impostor.credentials.push({ ...own, userHandle: others.userHandle });
  answers.push(await refusedFor("user_handle", next.ceremonyId, impostor.get(next.options, ORIGIN)));
  const forger = newAuthenticator();
  forger.credentials.push({ ...own, keys: others.keys });
  answers.push(await refusedFor("signature", next.ceremonyId, forger.get(next.options, ORIGIN)));
  const { userHandle: _, ...rest } = authenticator.get(next.options, ORIGIN).response;
  const anonymous = { ...authenticator.get(next.options, ORIGIN), response: rest };
  answers.push(await refusedFor("user_handle", next.ceremonyId, anonymous));
  for (const response of [{}, [], "text", 1, { id: own.id }, { id: "AAAA" }]) {
    answers.push(await refusedFor("malformed", next.ceremonyId, response));
  }
  assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
  const good = authenticator.get(next.options, ORIGIN);
  assert.equal(
    (await signInWithPasskey(app, { ceremonyId: next.ceremonyId, response: good })).__typename,
    "SignedIn",
  );

  await app.services.refusals.written();
  const reasons = (await eventsAbout(app, user.id)).filter(({ type }) => type === "sign_in.refused")
    .map(({ data }) => data["detail"]);
  const expected = ["used", "challenge", "origin", "rp_id", "user_verification", "user_handle", "signature"];
  for (const reason of expected) assert.ok(reasons.includes(reason), `${reason} in ${reasons}`);
});

onPglite("a ceremony works with its secret id alone, for its purpose, for five minutes", async (database) => {
  await using app = await startApp({ database });
  const authenticator = newAuthenticator();
  const { tokens } = await signUpWithPasskey(app, authenticator);
  const { id, options } = await startPasskeySignIn(app);
  const response = authenticator.get(options, ORIGIN);
  const [facts = "", mac = ""] = id.split(".");
  const later = atob(facts.replaceAll("-", "+").replaceAll("_", "/")).replace(
    /"expiresAt":\d/,
    '"expiresAt":9',
  );
  const forged = [
    "",
    "x",
    facts,
    `${facts}.`,
    `${facts}.${mac}.`,
    `${facts}.${mac}=`,
    `${facts}.${mac.slice(1)}`,
    `${btoa(later).replaceAll("=", "")}.${mac}`,
    `${facts}.${(await startPasskeySignIn(app)).id.split(".")[1]}`,
    (await startPasskeySignIn(app)).id,
    (await startRegistration(app)).id,
    (await startRegistration(app, { token: tokens.accessToken })).id,
    "x".repeat(50_000),
  ];
  for (const ceremonyId of forged) {
    assert.equal((await signInWithPasskey(app, { ceremonyId, response })).code, "SECOND_FACTOR_REJECTED");
  }
  assert.equal((await registerWithPasskey(app, { ceremonyId: id, response })).code, "SECOND_FACTOR_REJECTED");
  app.clock.advance(301);
  assert.equal((await signInWithPasskey(app, { ceremonyId: id, response })).code, "SECOND_FACTOR_REJECTED");
  const slow = await startPasskeySignIn(app);
  app.clock.advance(299);
  const late = { ceremonyId: slow.id, response: authenticator.get(slow.options, ORIGIN) };
  assert.equal((await signInWithPasskey(app, late)).__typename, "SignedIn");
});

onPglite("a request with a response of one megabyte is refused, and so is a deep one", async (database) => {
  await using app = await startApp({ database });
  const { id } = await startPasskeySignIn(app);
  const send = (response: unknown) =>
    post(
      app,
      "mutation ($input: SignInWithPasskeyInput!) { signInWithPasskey(input: $input) { __typename ... on AuthError { code } } }",
      { variables: { input: { ceremonyId: id, response } } },
    );
  assert.equal((await send({ id: "x".repeat(1_000_000) })).status, 413);
  assert.match((await send({ id: "x".repeat(60_000) })).text, /SECOND_FACTOR_REJECTED/);
  let deep: unknown = 1;
  for (let depth = 0; depth < 100; depth++) deep = [deep];
  assert.match((await send(deep)).text, /at most 64 levels deep/);
});

onEachDatabase("a counter that goes back warns, and the user signs in", async (database) => {
  await using app = await startApp({ database });
  const authenticator = newAuthenticator();
  const { user } = await signUpWithPasskey(app, authenticator);
  const [credential] = authenticator.credentials;
  assert.ok(credential);
  const warnings = async () =>
    (await eventsAbout(app, user.id)).filter(({ type }) => type === "factor.counter_went_back");
  await usePasskey(app, authenticator);
  assert.deepEqual(await warnings(), []);
  credential.counter = 0;
  assert.equal((await usePasskey(app, authenticator)).__typename, "SignedIn");
  const [warning] = await warnings();
  assert.deepEqual([warning?.data["last"], warning?.data["counter"]], [2, 1]);
  // The stored counter does not fall, so the copy is noticed again.
  assert.equal((await usePasskey(app, authenticator)).__typename, "SignedIn");
  assert.equal((await warnings()).length, 2);
  assert.equal((await usePasskey(app, authenticator)).__typename, "SignedIn");
  assert.equal((await warnings()).length, 2);
});

onPglite(
  "a disabled user learns it only with the right passkey; a deleted one is unknown",
  async (database) => {
    await using app = await startApp({ database });
    const authenticator = newAuthenticator();
    const { user } = await signUpWithPasskey(app, authenticator);
    const operator = await app.operatorToken();
    const open = await startPasskeySignIn(app);
    await setDisabled(app, operator, user.id, true);
    const wrong = authenticator.get(open.options, "https://evil.test");
    const refused = await signInWithPasskey(app, { ceremonyId: open.id, response: wrong });
    assert.equal(refused.code, "SECOND_FACTOR_REJECTED");
    const right = authenticator.get(open.options, ORIGIN);
    assert.equal(
      (await signInWithPasskey(app, { ceremonyId: open.id, response: right })).code,
      "ACCOUNT_DISABLED",
    );
    await setDisabled(app, operator, user.id, false);
    const next = await startPasskeySignIn(app);
    await mutate(app, "mutation ($id: ID!) { deleteUser(userId: $id) { __typename } }", {
      token: operator,
      variables: { id: user.id },
    });
    const response = authenticator.get(next.options, ORIGIN);
    assert.equal(
      (await signInWithPasskey(app, { ceremonyId: next.id, response })).code,
      "SECOND_FACTOR_REJECTED",
    );
  },
);

onPglite(
  "the only passkey of a user without another way in cannot be removed; others can",
  async (database) => {
    await using app = await startApp({ database });
    const [phone, key] = [newAuthenticator(), newAuthenticator()];
    const { tokens: { accessToken: token } } = await signUpWithPasskey(app, phone);
    const [first] = await factorsOf(app, token);
    assert.ok(first);
    assert.equal((await removeFactor(app, token, first.id)).code, "LAST_WAY_IN");
    const { factor } = await addPasskey(app, token, key, "Security key");
    assert.equal(factor.name, "Security key");
    assert.equal((await removeFactor(app, token, first.id)).__typename, "Done");
    assert.equal((await usePasskey(app, phone)).code, "SECOND_FACTOR_REJECTED");
    assert.equal((await usePasskey(app, key)).__typename, "SignedIn");
    assert.equal((await removeFactor(app, token, factor.id)).code, "LAST_WAY_IN");
    const ada = await newPerson(app);
    const { factor: hers } = await addPasskey(app, ada.accessToken, newAuthenticator());
    assert.equal((await removeFactor(app, ada.accessToken, hers.id)).__typename, "Done");
    assert.equal((await signIn(app, ada.username)).__typename, "SignedIn");
  },
);

onPostgres(
  "a passkey that is removed between its check and the session signs in no more",
  async (database) => {
    await using app = await startApp({ database });
    const [lost, kept] = [newAuthenticator(), newAuthenticator()];
    const { tokens: { accessToken: token } } = await signUpWithPasskey(app, lost);
    const [factor] = await factorsOf(app, token);
    await addPasskey(app, token, kept);
    const { id, options } = await startPasskeySignIn(app);
    const holder = await app.services.db.startTransaction().execute();
    await sql`lock table spent_tokens in exclusive mode`.execute(holder);
    const signingIn = signInWithPasskey(app, { ceremonyId: id, response: lost.get(options, ORIGIN) });
    await waitingForLocks(app.services.db, 1);
    assert.equal((await removeFactor(app, token, factor?.id ?? "")).__typename, "Done");
    await holder.commit().execute();
    assert.equal((await signingIn).code, "SECOND_FACTOR_REJECTED");
    assert.equal((await usePasskey(app, kept)).__typename, "SignedIn");
  },
);

onPglite("a sign-in with COOKIE sets the cookie and marks the browser", async (database) => {
  await using app = await startApp({ database });
  const authenticator = newAuthenticator();
  await signUpWithPasskey(app, authenticator);
  const { id, options } = await startPasskeySignIn(app);
  const response = authenticator.get(options, ORIGIN);
  const input = { ceremonyId: id, response, transport: "COOKIE" };
  const { headers, data } = await post(
    app,
    "mutation ($input: SignInWithPasskeyInput!) { signInWithPasskey(input: $input) { __typename ... on SignedIn { tokens { accessToken } } } }",
    { variables: { input }, headers: { origin: "http://127.0.0.1:4000" } },
  );
  assert.deepEqual(data?.["signInWithPasskey"], { __typename: "SignedIn", tokens: null });
  const names = headers.getSetCookie().map((cookie) => cookie.split("=")[0]);
  assert.equal(names.length, 2, String(names));
});
