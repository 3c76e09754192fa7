import assert from "node:assert/strict";
import { onEachDatabase, onPglite } from "../../support/databases.ts";
import { eventually } from "../../support/eventually.ts";
import { startGoogleApp } from "../../support/google.ts";
import {
  clientOf,
  connectGoogle,
  DRIVE,
  importGoogle,
  newConnected,
  storedOf,
} from "../../support/google_credentials.ts";
import {
  complete,
  goTo,
  JSON_PLEASE,
  newTokenPage,
  newVisitor,
  readFlow,
  refusalOf,
  rejections,
  returnOf,
  start,
  tryToStart,
} from "../../support/google_flows.ts";
import { codeOf } from "../../support/modal_flows.ts";
import { newPerson, refresh, signedIn } from "../../support/people.ts";
import { post } from "../../support/wire.ts";

const CONSENT_AGAIN = "Connect Google again: consent must be given once more";

onEachDatabase(
  "R28: nothing is stored if the session ends or the user is disabled during the exchange",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const operator = { token: await app.operatorToken("OPERATE") };
    const disable = (id: string) =>
      post(app, "mutation ($id: ID!) { setUserDisabled(userId: $id, disabled: true) { __typename } }", {
        ...operator,
        variables: { id },
      });
    const signOut = (token: string) => post(app, "mutation { signOut { __typename } }", { token });
    app.google.switches.delayMs = 300;

    const visitor = await newVisitor(app);
    const inBrowser = await start(visitor, {});
    const back = goTo(visitor, await returnOf(inBrowser), JSON_PLEASE);
    await eventually("the exchange", () => app.google.calls.exchanges === 1);
    await disable(visitor.id);
    assert.equal((await refusalOf(await back)).code, "UNAUTHENTICATED");

    const { accessToken: token } = await newPerson(app);
    const begun = await start(app, { token });
    const { state, code } = Object.fromEntries((await returnOf(begun)).searchParams);
    const completed = complete(app, { token }, { state, code });
    await eventually("the exchange", () => app.google.calls.exchanges === 2);
    await signOut(token);
    assert.equal((await completed).code, "UNAUTHENTICATED");

    for (const { flow: { id } } of [inBrowser, begun]) {
      const { status, failure, credential } = await readFlow(app, id, operator);
      assert.deepEqual([status, failure?.actionRequired, credential], ["FAILED", CONSENT_AGAIN, null]);
    }
    const { data } = await post(app, "{ credentials { nodes { id } } }", operator);
    assert.deepEqual(data?.["credentials"], { nodes: [] });
  },
);

onPglite("R28: a return after the session has expired connects nothing", async (database) => {
  await using app = await startGoogleApp({ database, env: { SESSION_DAYS: "1", SESSION_IDLE_DAYS: "1" } });
  const { fetch, person } = await newTokenPage(app);
  app.clock.advance(24 * 3_600 - 300);
  const { tokens } = await refresh(app, person.refreshToken);
  const back = await returnOf(await start({ fetch }, { token: tokens.accessToken }));
  app.clock.advance(301);
  assert.equal((await refusalOf(await goTo({ fetch }, back, JSON_PLEASE))).code, "INVALID_STATE");
  assert.deepEqual((await rejections(app)).map(({ reason }) => reason), ["session_ended"]);
});

onEachDatabase(
  "R31: consent is requested until every account can be refreshed with all requested scopes",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const person = await newPerson(app);
    const sent = { token: person.accessToken };
    const prompt = async (input: Record<string, unknown> = {}) =>
      new URL((await start(app, sent, input)).authorizationUrl).searchParams.get("prompt");
    await connectGoogle(app, person.id, { email: "one@gmail.test" });
    assert.equal(await prompt(), null);
    // The stored refresh token covers only the scopes granted with it.
    assert.equal(await prompt({ scopes: [DRIVE] }), "consent");
    const bare = { email: "two@gmail.test", withoutRefreshToken: true };
    await connectGoogle(app, person.id, bare);
    assert.equal(await prompt(), "consent", "the second account gets a refresh token only by consent");
    await connectGoogle(app, person.id, { email: "two@gmail.test" });
    assert.equal(await prompt(), null);
  },
);

onEachDatabase("R40: starts and imports are rate limited per user and hour", async (database) => {
  await using app = await startGoogleApp({ database, env: { LIMIT_GOOGLE_CONNECTIONS_PER_USER_HOUR: "3" } });
  const person = await newPerson(app);
  const client = await clientOf(app, person);
  const sent = { token: person.accessToken };
  for (let tries = 0; tries < 2; tries++) await start(app, sent);
  assert.equal(
    (await tryToStart(app, { scopes: ["a b"] }, sent)).code,
    "INVALID_INPUT",
    "invalid input is not counted",
  );
  assert.equal(
    codeOf(await importGoogle(client, { refreshToken: "1//made-up" })),
    "REAUTHORIZATION_REQUIRED",
  );
  assert.equal((await tryToStart(app, {}, sent)).code, "RATE_LIMITED");
  assert.equal(codeOf(await importGoogle(client, { refreshToken: "1//another" })), "RATE_LIMITED");
  assert.equal(app.google.calls.refreshes, 1, "no call to Google");
  const other = await newPerson(app);
  await start(app, { token: other.accessToken });
  app.clock.advance(3_601);
  await start(app, { token: (await signedIn(app, person.username)).accessToken });
});

onPglite("an import with malformed scopes is rejected", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app);
  const client = await clientOf(app, person);
  app.google.switches.tokenAnswer = { scope: undefined };
  const { refreshToken } = credential;
  for (const scopes of [["a b"], ["\u001b[31mred"], ["x".repeat(300)], Array(51).fill(DRIVE)]) {
    assert.equal(codeOf(await importGoogle(client, { refreshToken, scopes })), "INVALID_INPUT");
  }
  assert.equal(app.google.calls.refreshes, 0);
  assert.equal(
    (await importGoogle(client, { refreshToken, scopes: [DRIVE] })).__typename,
    "CredentialChanged",
  );
  assert.deepEqual((await storedOf(app, credential.id)).scopes, [DRIVE]);
});

onEachDatabase(
  "R33: a flow sealed under a removed root secret fails with INVALID_STATE",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const visitor = await newVisitor(app);
    const started = await start(visitor, {});
    const back = await returnOf(started);
    await app.services.db.updateTable("flows").set({ sealed: "gone.AAAA" }).execute();
    assert.equal((await readFlow(visitor, started.flow.id, {})).authorizationUrl, null);
    const refusal = await refusalOf(await goTo(visitor, back, JSON_PLEASE));
    assert.deepEqual([refusal.status, refusal.code], [400, "INVALID_STATE"]);
    const { status, failure } = await readFlow(visitor, started.flow.id, {});
    assert.deepEqual([status, failure?.code], ["FAILED", "INVALID_STATE"]);
    assert.deepEqual((await rejections(app)).map(({ reason }) => reason), ["unreadable"]);
    assert.equal(app.google.calls.exchanges, 0);
  },
);
