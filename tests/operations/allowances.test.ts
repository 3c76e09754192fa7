import assert from "node:assert/strict";
import type { Fetch } from "../../src/http/router.ts";
import { newKeyring, startApp } from "../support/app.ts";
import { counted, from } from "../support/callers.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { times } from "../support/eventually.ts";
import { subscribe } from "../support/live.ts";
import { newAuthenticator, signUpWithPasskey, usePasskey } from "../support/passkeys.ts";
import { newPerson, refresh, signIn } from "../support/people.ts";
import { transition } from "../support/states.ts";
import { post } from "../support/wire.ts";

type App = { fetch: Fetch };

const aliases = (count: number, field: string) =>
  `mutation { ${Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(" ")} }`;
const TRANSITION = "transitionState(to: VISITOR) { __typename ... on AuthError { code retryAfterSeconds } }";

onPglite("R53: mutations, sign-ins and refreshes of a user have generous limits", async (database) => {
  const env = {
    LIMIT_WRITES_PER_USER_HOUR: "20",
    LIMIT_REFRESHES_PER_SESSION_HOUR: "5",
    LIMIT_SIGN_INS_PER_ACCOUNT_HOUR: "5",
  };
  await using app = await startApp({ database, env });
  const ada = await newPerson(app, "ada");
  const answers = [];
  for (let sent = 0; sent < 3; sent++) {
    const { data } = await post(app, aliases(10, TRANSITION), { token: ada.accessToken });
    answers.push(...Object.values(data ?? {}) as { __typename: string; code?: string }[]);
  }
  assert.equal(counted(answers)["RATE_LIMITED"], 10, "20 of 30 were executed");
  const rows = await app.services.db.selectFrom("rate_limits").select("points")
    .where("key", "like", "writesPerUser%").execute();
  assert.deepEqual(rows.map(({ points }) => Number(points)), [20], "and refused ones are not counted");
  const bob = await newPerson(app, "bob");
  assert.notEqual(
    (await transition(app, bob.accessToken, "VISITOR")).code,
    "RATE_LIMITED",
    "other users are not limited",
  );
  app.clock.advance(60 * 60 + 1);

  let { refreshToken } = bob;
  for (let round = 0; round < 5; round++) {
    ({ refreshToken } = (await refresh(app, refreshToken)).tokens);
  }
  assert.equal((await refresh(app, refreshToken)).code, "RATE_LIMITED");
  app.clock.advance(60 * 60 + 1);
  assert.equal((await refresh(app, refreshToken)).__typename, "SignedIn", "a limit does not end a session");

  const authenticator = newAuthenticator();
  await signUpWithPasskey(app, authenticator);
  for (const signInAgain of [() => signIn(app, "bob"), () => usePasskey(app, authenticator)]) {
    const tries = [];
    for (let round = 0; round < 8; round++) tries.push(await signInAgain());
    const expected = { SignedIn: 5, RATE_LIMITED: 3 };
    assert.deepEqual(counted(tries), expected, "correct passwords and passkeys are limited, too");
  }
});

onPglite("R53: an operation has at most ten mutations and one external call", async (database) => {
  await using app = await startApp({ database });
  const { accessToken: token } = await newPerson(app);
  const ten = await post(app, aliases(10, TRANSITION), { token });
  assert.equal(Object.keys(ten.data ?? {}).length, 10);
  for (
    const many of [
      aliases(11, TRANSITION),
      `${aliases(10, TRANSITION).slice(0, -1)} ...F }
    fragment F on Mutation { b: ${TRANSITION} }`,
    ]
  ) {
    const { errors } = await post(app, many, { token });
    assert.match(errors[0]?.message ?? "", /up to 10 mutation fields/);
  }
  const { errors } = await post(app, aliases(2, "startModalTokenFlow { __typename }"), { token });
  assert.match(errors[0]?.message ?? "", /startModalTokenFlow only once/);
  assert.equal(app.modal.calls.length, 0);
});

onEachDatabase(
  "R53: two instances share a limit, and normal use needs no extra statement",
  async (database) => {
    const env = { LIMIT_WRITES_PER_USER_HOUR: "20" };
    const keys = newKeyring();
    await using one = await startApp({ database, env, keys });
    const ada = await newPerson(one);
    const ask = (app: App) => transition(app, ada.accessToken, "VISITOR").then(({ code }) => code);
    const rows = async () =>
      await one.services.db.selectFrom("rate_limits").select("points").where("key", "like", "writesPerUser%")
        .execute();
    await ask(one);
    assert.deepEqual(await rows(), [], "one mutation writes no row");
    for (let more = 0; more < 17; more++) await ask(one);
    await using other = await startApp({ database, env, keys });
    const codes = [];
    for (let tries = 0; tries < 6; tries++) codes.push(await ask(other));
    const passed = codes.filter((code) => code !== "RATE_LIMITED").length;
    assert.ok(passed >= 1 && passed <= 3, codes.join());
  },
);

onPglite("R53: the number of opened subscriptions is limited", async (database) => {
  const env = { LIMIT_SUBSCRIPTIONS_PER_USER_HOUR: "3" };
  await using app = await startApp({ database, env });
  const { accessToken: token } = await newPerson(app);
  for (let opened = 0; opened < 3; opened++) {
    const live = await subscribe(app.fetch, "subscription { authState { currentState } }", { token });
    await live.value();
    await live.leave();
  }
  const refused = await subscribe(app.fetch, "subscription { authState { currentState } }", { token });
  assert.deepEqual(await refused.refusal(), ["RATE_LIMITED"]);
});

const CLIENT =
  "modalClient { serverUrl reachable latencyMs warnings failure { code message actionRequired } }";
const MANY = `{ ${Array.from({ length: 15 }, (_, index) => `a${index}: ${CLIENT}`).join(" ")} }`;

onPglite("modalClient calls Modal once a minute and hides its address from users", async (database) => {
  await using app = await startApp({ database });
  const near = from(app, "203.0.113.7");
  const { accessToken: token } = await newPerson(near);
  const answers = await times(20, () => post(near, MANY, { token }));
  assert.equal(app.modal.calls.length, 1, "one call for 300 aliases");
  for (const { text } of answers) assert.ok(!text.includes(app.modal.url), text);
  app.clock.advance(61);
  await post(near, MANY, { token });
  assert.equal(app.modal.calls.length, 2);
  const seen = await post(app, `{ ${CLIENT} }`, { token: await app.operatorToken("READ") });
  assert.ok(seen.text.includes(app.modal.url));
  assert.equal(app.modal.calls.length, 2);
});

onPglite("if Modal is unreachable, users get no network details", async (database) => {
  const unused = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  unused.close();
  const address = `127.0.0.1:${unused.addr.port}`;
  await using app = await startApp({ database, env: { MODAL_SERVER_URL: `http://${address}` } });
  const { accessToken: token } = await newPerson(app);
  const start = await post(app, "mutation { startModalTokenFlow { ... on AuthError { code message } } }", {
    token,
  });
  const flows = await post(
    app,
    "{ flows(first: 5) { nodes { failure { message } steps { message data } } } }",
    {
      token,
    },
  );
  const guest = await post(app, `{ ${CLIENT} }`, { token });
  for (const { text } of [start, flows, guest]) {
    assert.match(text, /cannot be/);
    assert.doesNotMatch(text, /127\.0\.0\.1|refused \(|os error/, text);
  }
});
