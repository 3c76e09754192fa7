import assert from "node:assert/strict";
import { startApp } from "../../support/app.ts";
import { newBrowser } from "../../support/browser.ts";
import { guest } from "../../support/codes.ts";
import { onEachDatabase, onPglite } from "../../support/databases.ts";
import { startGoogleApp } from "../../support/google.ts";
import {
  ADA,
  complete,
  goTo,
  JSON_PLEASE,
  newTokenPage,
  newVisitor,
  PAGE,
  refusalOf,
  rejections,
  returnOf,
  start,
  tryToStart,
} from "../../support/google_flows.ts";
import { subscribe } from "../../support/live.ts";
import { newPerson, signedIn } from "../../support/people.ts";
import { WsClient } from "../../support/web_socket_client.ts";
import { listenWithWebSockets, post } from "../../support/wire.ts";

const DRIVE = "https://www.googleapis.com/auth/drive.readonly";
const STATUS =
  "{ googleAuthStatus { configured authenticated tokenValid expiresAt expiresInHours needsReauth authorizationUrl } }";

onPglite("R31: the authorization URL requests offline access, PKCE and consent", async (database) => {
  await using app = await startGoogleApp({ database });
  const { accessToken: token } = await newPerson(app);
  const first = await start(app, { token }, { scopes: [DRIVE, "openid", DRIVE] });
  const { origin, pathname, searchParams } = new URL(first.authorizationUrl);
  assert.equal(`${origin}${pathname}`, app.google.endpoints.authorization);
  const { state = "", code_challenge: challenge = "", ...rest } = Object.fromEntries(searchParams);
  assert.deepEqual(rest, {
    access_type: "offline",
    client_id: app.google.client.clientId,
    code_challenge_method: "S256",
    prompt: "consent",
    redirect_uri: "http://127.0.0.1:4000/auth/google/callback",
    response_type: "code",
    scope: `openid email ${DRIVE}`,
  });
  assert.match(state, /^spg_[\w-]{48}$/);
  assert.match(challenge, /^[\w-]{43}$/);
  const { data } = await post(app, "{ flows { nodes { id kind status expiresAt createdAt } } }", { token });
  const [flow] = (data?.["flows"] as { nodes: Record<string, string>[] }).nodes;
  assert.deepEqual([flow?.["id"], flow?.["kind"], flow?.["status"]], [
    first.flow.id,
    "GOOGLE_AUTHORIZATION",
    "WAITING",
  ]);
  assert.equal(Date.parse(flow?.["expiresAt"] ?? "") - Date.parse(flow?.["createdAt"] ?? ""), 600_000);
  // Consent is requested until a refresh token is stored; then the scopes are those of the grant.
  const prompt = async () =>
    new URL((await start(app, { token })).authorizationUrl).searchParams.get("prompt");
  assert.equal(await prompt(), "consent");
  await finish(app, token, first);
  const again = new URL((await start(app, { token })).authorizationUrl).searchParams;
  assert.deepEqual([again.get("prompt"), again.get("scope")?.includes(DRIVE)], [null, true]);
  await app.services.db.updateTable("credentials").set({ refused: true }).execute();
  assert.equal(await prompt(), "consent");
});

/** Finishes a flow that was not started in a browser. */
async function finish(
  app: Parameters<typeof complete>[0],
  token: string,
  started: Parameters<typeof returnOf>[0],
) {
  const back = Object.fromEntries((await returnOf(started)).searchParams);
  const answer = await complete(app, { token }, { state: back["state"], code: back["code"] });
  assert.equal(answer.__typename, "FlowChanged", JSON.stringify(answer));
  return answer.flow;
}

onEachDatabase("R28: only the session or operator that started a flow can complete it", async (database) => {
  await using app = await startGoogleApp({ database });
  const person = await newPerson(app);
  const own = { token: person.accessToken };
  const started = await start(app, own);
  const { state, code } = Object.fromEntries((await returnOf(started)).searchParams);
  const others = {
    "another user": { token: (await newPerson(app)).accessToken },
    "another session of the same user": { token: (await signedIn(app, person.username)).accessToken },
    "an operator": { token: await app.operatorToken() },
  };
  for (const [who, sent] of Object.entries(others)) {
    assert.equal((await complete(app, sent, { state, code })).code, "INVALID_STATE", who);
  }
  assert.equal((await complete(app, {}, { state, code })).code, "UNAUTHENTICATED");
  assert.equal(
    (await refusalOf(await goTo(newBrowser(app), await returnOf(started), JSON_PLEASE))).code,
    "INVALID_STATE",
    "a browser cannot finish a flow that was started without one",
  );
  assert.equal((await complete(app, own, { state })).code, "INVALID_INPUT", "the code is missing");
  assert.equal(app.google.calls.exchanges, 0);
  assert.equal((await complete(app, own, { state, code })).flow.status, "SUCCEEDED");
  assert.equal((await complete(app, own, { state, code })).code, "INVALID_STATE");
  assert.equal(app.google.calls.exchanges, 1);
  assert.deepEqual((await rejections(app)).map(({ reason }) => reason), [
    ...Array(3).fill("other_session"),
    "other_browser",
    "used",
  ]);

  const operator = { token: await app.operatorToken("REVEAL") };
  const operators = await start(app, operator);
  assert.equal((await finish(app, operator.token, operators)).status, "SUCCEEDED");
  const { data } = await post(app, `{ credentials { nodes { owner { id } } } }`, operator);
  assert.deepEqual((data?.["credentials"] as { nodes: unknown[] }).nodes, [
    { owner: { id: person.id } },
    { owner: null },
  ]);
});

onPglite("R28: only the browser that started a flow can finish it, also by mutation", async (database) => {
  await using app = await startGoogleApp({ database });
  const page = await newTokenPage(app);
  const started = await start(page, page.sent);
  const { state, code } = Object.fromEntries((await returnOf(started)).searchParams);
  assert.equal((await complete(app, page.sent, { state, code })).code, "INVALID_STATE");
  assert.equal((await complete(page, page.sent, { state, code })).flow.status, "SUCCEEDED");
});

onPglite(
  "R28: flows in two tabs both work, and of parallel returns only one is exchanged",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const visitor = await newVisitor(app);
    const tabs = [await start(visitor, {}), await start(visitor, {})];
    const backs = await Promise.all(tabs.map((started) => returnOf(started)));
    const [one, other] = backs;
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => (await goTo(visitor, one ?? "", JSON_PLEASE)).status),
    );
    assert.deepEqual(answers.sort(), [200, ...Array(19).fill(400)]);
    assert.equal(app.google.calls.exchanges, 1);
    assert.equal((await goTo(visitor, other ?? "")).status, 200);
  },
);

onPglite(
  "R42: a browser can start only from our page, and gets a cookie for this purpose alone",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const { accessToken: token } = await newPerson(app);
    const foreign = await tryToStart(app, {}, { token, headers: { origin: "https://evil.example" } });
    assert.equal(foreign.code, "FORBIDDEN");
    const query = `mutation { startGoogleAuthorization(input: {}) { __typename ... on AuthError { code } } }`;
    const { headers } = await post(app, query, { token, headers: PAGE });
    const [cookie = "", ...more] = headers.getSetCookie();
    assert.deepEqual(more, []);
    assert.match(cookie, /^sallyport-google=spb_[\w-]{48}; Path=\/; HttpOnly; SameSite=Lax; Expires=/);
    assert.deepEqual((await post(app, query, { token })).headers.getSetCookie(), [], "no browser, no cookie");

    await using server = await listenWithWebSockets(app);
    await using socket = await WsClient.open(server.wsUrl, {
      headers: PAGE,
      params: { authorization: `Bearer ${token}` },
    });
    socket.subscribe("1", query);
    const { payload } = await socket.next();
    assert.equal(
      (payload as { data: { startGoogleAuthorization: { code: string } } }).data.startGoogleAuthorization
        .code,
      "FORBIDDEN",
    );
  },
);

onPglite("behind https the browser's cookie is __Host- and Secure", async (database) => {
  const env = { PUBLIC_URL: "https://auth.example.test" };
  await using app = await startGoogleApp({ database, env });
  const page = newBrowser(app, env.PUBLIC_URL);
  const { accessToken: token } = await newPerson(app);
  const started = await start(page, { token });
  assert.equal(started.flow.redirectUri, "https://auth.example.test/auth/google/callback");
  assert.match(
    page.lastSet() ?? "",
    /^__Host-sallyport-google=spb_[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Secure; Expires=/,
  );
  const back = await returnOf(started);
  assert.equal(back.origin, "https://auth.example.test");
  assert.equal((await goTo(page, back)).status, 200);
});

onPglite("guests and unauthenticated callers cannot start a flow", async (database) => {
  await using app = await startGoogleApp({ database });
  const { tokens } = await guest(app);
  assert.equal((await tryToStart(app, {}, { token: tokens.accessToken })).code, "FORBIDDEN");
  assert.equal((await tryToStart(app, {}, {})).code, "UNAUTHENTICATED");
});

onPglite(
  "without configuration the error is GOOGLE_NOT_CONFIGURED and no flow is created",
  async (database) => {
    await using app = await startApp({ database });
    const { accessToken: token } = await newPerson(app);
    const { code } = await tryToStart(app, {}, { token });
    assert.equal(code, "GOOGLE_NOT_CONFIGURED");
    const { data } = await post(
      app,
      `{ flows { nodes { id } } googleAuthStatus { configured needsReauth authorizationUrl } }`,
      {
        token,
      },
    );
    assert.deepEqual(data, {
      flows: { nodes: [] },
      googleAuthStatus: { configured: false, needsReauth: false, authorizationUrl: null },
    });
  },
);

onEachDatabase("googleAuthStatus returns the status of the grant and creates nothing", async (database) => {
  await using app = await startGoogleApp({ database });
  const visitor = await newVisitor(app);
  const status = async () =>
    (await post(visitor, STATUS)).data?.["googleAuthStatus"] as Record<string, unknown>;
  const connect = "http://127.0.0.1:4000/connect/google";
  const without = {
    configured: true,
    authenticated: false,
    tokenValid: false,
    expiresAt: null,
    expiresInHours: 0,
    needsReauth: true,
    authorizationUrl: connect,
  };
  assert.deepEqual({ ...await status() }, without);
  const { data } = await post(visitor, "{ flows { nodes { id } } }");
  assert.deepEqual(data?.["flows"], { nodes: [] });
  await goTo(visitor, await returnOf(await start(visitor, {})));
  const { expiresAt, expiresInHours, ...works } = await status();
  assert.deepEqual(works, {
    configured: true,
    authenticated: true,
    tokenValid: true,
    needsReauth: false,
    authorizationUrl: null,
  });
  assert.ok(Number(expiresInHours) > 0.9 && Number(expiresInHours) <= 1, `${expiresInHours}`);
  assert.ok(Date.parse(String(expiresAt)) > app.clock.now().getTime());
  app.clock.advance(3_600);
  const { authenticated, tokenValid, needsReauth, authorizationUrl, expiresInHours: left } = await status();
  assert.deepEqual([authenticated, tokenValid, needsReauth, authorizationUrl, left], [
    true,
    false,
    false,
    connect,
    0,
  ]);
  await app.services.db.updateTable("credentials").set({ refused: true }).execute();
  assert.deepEqual({ ...await status(), expiresAt: null }, without);
  const other = await newVisitor(app);
  assert.equal(
    ((await post(other, STATUS)).data?.["googleAuthStatus"] as typeof without).authenticated,
    false,
  );
});

onPglite(
  "a flow can be subscribed to and cancelled, and a later return gets FLOW_ENDED",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const visitor = await newVisitor(app);
    const started = await start(visitor, {});
    const live = await subscribe(
      visitor.fetch,
      "subscription ($id: ID!) { flow(id: $id) { status steps { name } } }",
      {
        variables: { id: started.flow.id },
      },
    );
    const first = (await live.value())["flow"] as { status: string };
    assert.equal(first.status, "WAITING");
    await goTo(visitor, await returnOf(started));
    const rest = await live.ended();
    assert.equal((rest.at(-1)?.["flow"] as { status: string }).status, "SUCCEEDED");

    const cancelled = await start(visitor, {});
    await post(visitor, "mutation ($id: ID!) { cancelFlow(id: $id) { __typename } }", {
      variables: { id: cancelled.flow.id },
    });
    const refusal = await refusalOf(await goTo(visitor, await returnOf(cancelled, ADA), JSON_PLEASE));
    assert.equal(refusal.code, "FLOW_ENDED");
    assert.equal(app.google.calls.exchanges, 1);
  },
);
