import assert from "node:assert/strict";
import { startGoogleApp } from "../../support/google.ts";
import {
  goTo,
  JSON_PLEASE,
  newTokenPage,
  newVisitor,
  readFlow,
  refusalOf,
  rejections,
  returnOf,
  start,
} from "../../support/google_flows.ts";
import { newBrowser, signInWithCookie } from "../../support/browser.ts";
import { onEachDatabase, onPglite } from "../../support/databases.ts";
import { newPerson } from "../../support/people.ts";
import { eventsOf } from "../../support/sessions.ts";
import { post } from "../../support/wire.ts";

onEachDatabase(
  "WEB: the browser returns with a code, and the grant is stored in the vault",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const visitor = await newVisitor(app);
    const started = await start(visitor, {}, { scopes: ["https://www.googleapis.com/auth/drive.readonly"] });
    const response = await goTo(visitor, await returnOf(started));
    const page = await response.text();
    assert.equal(response.status, 200, page);
    assert.match(page, /Google is connected/);
    assert.match(
      response.headers.get("content-security-policy") ?? "",
      /default-src 'none'.*frame-ancestors 'none'/,
    );
    assert.equal(response.headers.get("referrer-policy"), "no-referrer");
    assert.equal(response.headers.get("cache-control"), "no-store");
    const flow = await readFlow(visitor, started.flow.id, {});
    assert.equal(flow.status, "SUCCEEDED");
    assert.deepEqual(flow.steps.map(({ name }) => name), [
      "authorization_started",
      "code_received",
      "tokens_received",
      "stored",
    ]);
    assert.equal(flow.authorizationUrl, null);
    assert.equal(flow.credential?.label, "ada@example.com");
    assert.equal(flow.credential.hasRefreshToken, true);
    assert.equal(flow.credential.valid, true);
    assert.deepEqual(await rejections(app), []);
  },
);

onPglite(
  "R28: a flow of a page with tokens in memory is bound to its browser and session",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const page = await newTokenPage(app);
    const started = await start(page, page.sent);
    const back = await returnOf(started);
    const response = await goTo(page, back);
    assert.equal(response.status, 200, await response.text());

    const ended = (await eventsOf(app, page.person.id)).find(({ type }) => type === "flow.succeeded");
    assert.equal(ended?.actor, `user:${page.person.id}`, "the user is known without a token");

    const again = await start(page, page.sent);
    await (await page.fetch(
      new Request("http://127.0.0.1:4000/graphql", {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${page.person.accessToken}` },
        body: JSON.stringify({ query: "mutation { signOut { __typename } }" }),
      }),
    )).text();
    const refusal = await refusalOf(await goTo(page, await returnOf(again), JSON_PLEASE));
    assert.deepEqual([refusal.status, refusal.code], [400, "INVALID_STATE"]);
    assert.deepEqual((await rejections(app)).map(({ reason }) => reason), ["session_ended"]);
    assert.equal(app.google.calls.exchanges, 1);
  },
);

onEachDatabase(
  "R28: a missing, unknown, used or expired state, or another browser's, is INVALID_STATE",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const visitor = await newVisitor(app);
    const callback = "http://127.0.0.1:4000/auth/google/callback";
    const refused = async (browser: Parameters<typeof goTo>[0], url: URL | string) => {
      const refusal = await refusalOf(await goTo(browser, url, JSON_PLEASE));
      assert.deepEqual([refusal.status, refusal.code], [400, "INVALID_STATE"]);
      assert.equal(refusal.authorizationUrl, "http://127.0.0.1:4000/connect/google");
      return refusal;
    };
    const answers = [
      await refused(visitor, `${callback}?code=abc`),
      await refused(visitor, `${callback}?code=abc&state=`),
      await refused(visitor, `${callback}?code=abc&state=nonsense`),
      await refused(visitor, `${callback}?code=abc&state=${"x".repeat(5_000)}`),
    ];
    const first = await start(visitor, {});
    const back = await returnOf(first);
    // A mail scanner, another browser and another user do not consume the state.
    answers.push(
      await refused(app, back),
      await refused(newBrowser(app), back),
      await refused(await newVisitor(app), back),
    );
    const stranger = await newVisitor(app);
    await start(stranger, {});
    answers.push(await refused(stranger, back));
    assert.equal((await readFlow(visitor, first.flow.id, {})).status, "WAITING");
    assert.equal(app.google.calls.exchanges, 0);
    assert.equal((await goTo(visitor, back)).status, 200);
    answers.push(await refused(visitor, back));

    const late = await start(visitor, {});
    const lateBack = await returnOf(late);
    app.clock.advance(600);
    answers.push(await refused(visitor, lateBack));
    assert.equal(new Set(answers.map(({ message }) => message)).size, 1, "one message for all");
    assert.deepEqual(await rejections(app), [
      { reason: "missing", userId: null },
      { reason: "missing", userId: null },
      { reason: "unknown", userId: null },
      { reason: "unknown", userId: null },
      ...Array(4).fill({ reason: "other_browser", userId: visitor.id }),
      { reason: "used", userId: visitor.id },
      { reason: "expired", userId: visitor.id },
    ]);
    assert.equal(app.google.calls.exchanges, 1);
  },
);

onPglite("R28: a state is valid for ten minutes", async (database) => {
  await using app = await startGoogleApp({ database });
  const visitor = await newVisitor(app);
  const back = await returnOf(await start(visitor, {}));
  app.clock.advance(595);
  assert.equal((await goTo(visitor, back)).status, 200);
});

onPglite(
  "R28: a browser that has signed in as another user meanwhile connects no account",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const visitor = await newVisitor(app);
    const back = await returnOf(await start(visitor, {}));
    const other = await newPerson(app);
    assert.equal((await signInWithCookie(visitor, other.username)).__typename, "SignedIn");
    assert.equal((await refusalOf(await goTo(visitor, back, JSON_PLEASE))).code, "INVALID_STATE");
    assert.deepEqual((await rejections(app)).map(({ reason }) => reason), ["other_session"]);
  },
);

onPglite(
  "R28: an operator's flow is bound to its browser, and fails once the operator is revoked",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const sent = { token: await app.operatorToken("REVEAL") };
    const page = newBrowser(app);
    const [first, second] = [await start(page, sent), await start(page, sent)];
    assert.equal((await goTo(page, await returnOf(first))).status, 200);
    const { data } = await post(app, "{ operators { id } }", sent);
    for (const { id } of data?.["operators"] as { id: string }[]) {
      await post(app, "mutation ($id: ID!) { revokeOperator(id: $id) { __typename } }", {
        ...sent,
        variables: { id },
      });
    }
    assert.equal(
      (await refusalOf(await goTo(page, await returnOf(second), JSON_PLEASE))).code,
      "INVALID_STATE",
    );
    assert.deepEqual((await rejections(app)).map(({ reason }) => reason), ["session_ended"]);
  },
);
