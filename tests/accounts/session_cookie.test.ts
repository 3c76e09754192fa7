import assert from "node:assert/strict";
import { newKeyring, startApp, type TestApp } from "../support/app.ts";
import { cookieInput, newBrowser, overSse, OWN_ORIGIN, signInWithCookie } from "../support/browser.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { eventually, within } from "../support/eventually.ts";
import { subscribe } from "../support/live.ts";
import { mutate, newPerson, type Person, SIGN_IN, signedIn, VIEWER, viewerOf } from "../support/people.ts";
import { eventsOf, revoke, sessionsSeen, signOut } from "../support/sessions.ts";
import { WsClient } from "../support/web_socket_client.ts";
import { type Answer, ENDPOINT, graphqlRequest, listenWithWebSockets, post } from "../support/wire.ts";

const DAY = 24 * 60 * 60;

const viewer = ({ data }: Answer) => (data?.["viewer"] as { username: string } | null | undefined)?.username;

/** Returns the username that a browser with this cookie sees. */
const viewerBy = async (app: TestApp, cookie: string, headers: Record<string, string> = {}) =>
  viewer(await post(app, VIEWER, { headers: { origin: OWN_ORIGIN, cookie, ...headers } }));

onEachDatabase("R14: COOKIE signs in with an HttpOnly cookie for 7 days, and no token", async (database) => {
  await using app = await startApp({ database });
  const { id, username } = await newPerson(app);
  const page = newBrowser(app);
  const result = await signInWithCookie(page, username);
  assert.equal(result.__typename, "SignedIn", JSON.stringify(result));
  assert.equal(result.tokens, null);
  assert.deepEqual([result.session.current, result.session.transport], [true, "COOKIE"]);
  const [pair, ...attributes] = page.lastSet()!.split("; ");
  assert.match(pair!, /^sallyport=[\w-]+\.[\w-]+\.[\w-]+$/);
  assert.deepEqual(attributes.slice(0, 3), ["Path=/", "HttpOnly", "SameSite=Lax"]);
  const ends = Date.parse(/^Expires=(.+)$/.exec(attributes[3]!)![1]!);
  assert.ok(Math.abs(ends - Date.now() - 7 * DAY * 1000) < 60_000, String(ends));
  assert.equal(attributes.length, 4);
  assert.ok(Math.abs(Date.parse(result.session.expiresAt) - ends) < 1000);
  assert.equal(viewer(await post(page, VIEWER)), username);
  const issued = (await eventsOf(app, id, result.session.id))[0];
  assert.deepEqual([issued?.type, issued?.data], ["session.issued", {
    method: "PASSWORD",
    transport: "COOKIE",
  }]);
  assert.doesNotMatch(JSON.stringify(await eventsOf(app, id)), /eyJ/);
});

onPglite("R42: the cookie's name and flags follow PUBLIC_URL, not the connection", async (database) => {
  const keys = newKeyring();
  const publicUrl = "https://auth.example.test";
  await using app = await startApp({ database, keys, env: { PUBLIC_URL: publicUrl } });
  const { username } = await newPerson(app);
  const page = newBrowser(app, publicUrl);
  assert.equal((await signInWithCookie(page, username)).__typename, "SignedIn");
  assert.match(page.lastSet()!, /^__Host-sallyport=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Secure; Expires=/);
  assert.doesNotMatch(page.lastSet()!, /domain/i);
  assert.equal(viewer(await post(page, VIEWER)), username);
  // A subdomain, or an attacker on plain http, could set a cookie with the other name.
  const value = page.cookie()!.split("=")[1];
  const headers = { origin: publicUrl };
  assert.equal(
    viewer(await post(app, VIEWER, { headers: { ...headers, cookie: `sallyport=${value}` } })),
    undefined,
  );
  assert.equal(
    (await post(app, VIEWER, { headers: { ...headers, cookie: `sallyport=${value}` } })).data?.["viewer"],
    null,
  );
  const { code } = await signInWithCookie(newBrowser(app, OWN_ORIGIN), username);
  assert.equal(code, "FORBIDDEN", "our address is not our name");
  await signOut(page, "");
  assert.match(
    page.lastSet()!,
    /^__Host-sallyport=; Path=\/; HttpOnly; SameSite=Lax; Secure; Expires=Thu, 01 Jan 1970/,
  );

  await using plain = await startApp({ database, keys, env: { PUBLIC_URL: "http://auth.example.test" } });
  const other = newBrowser(plain, "http://auth.example.test");
  await signInWithCookie(other, username);
  assert.match(other.lastSet()!, /^sallyport=/);
  assert.doesNotMatch(other.lastSet()!, /Secure/);
});

onPglite("R14: TOKENS and COOKIE give the same viewer over POST, SSE and WebSocket", async (database) => {
  await using app = await startApp({ database });
  await using server = await listenWithWebSockets(app);
  const { username, accessToken } = await newPerson(app);
  const page = newBrowser(app);
  await signInWithCookie(page, username);
  const bearer = { authorization: `Bearer ${accessToken}` };
  const overWs = async (options: { headers?: Record<string, string>; params?: Record<string, unknown> }) => {
    await using ws = await WsClient.open(server.wsUrl, options);
    ws.subscribe("1", VIEWER);
    const { payload } = await ws.next();
    return (payload as { data: { viewer: { username: string } | null } }).data.viewer?.username;
  };
  assert.deepEqual(
    await Promise.all([
      post(page, VIEWER).then(viewer),
      post(app, VIEWER, { token: accessToken }).then(viewer),
      overSse(page, VIEWER).then(viewer),
      overSse(app, VIEWER, { token: accessToken }).then(viewer),
      overWs({ headers: page.headers() }),
      overWs({ params: bearer }),
      overWs({ headers: page.headers(), params: bearer }),
      overWs({}),
    ]),
    [...new Array(7).fill(username), undefined],
  );
});

onEachDatabase("R14: signing out clears the cookie, and its value no longer works", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const page = newBrowser(app);
  await signInWithCookie(page, ada.username);
  const cookie = page.cookie()!;
  const live = await subscribe(page.fetch, "subscription { events { type } }");
  await eventually("it is open", () => app.services.subscriptions.size === 1);
  const answer = await signOut(page, "");
  assert.equal(answer.__typename, "Done");
  assert.doesNotMatch(page.cookie() ?? "", /\bsallyport=/, "the browser stays known");
  assert.match(
    page.lastSet()!,
    /^sallyport=; Path=\/; HttpOnly; SameSite=Lax; Expires=Thu, 01 Jan 1970 00:00:00 GMT$/,
  );
  assert.equal((await within("its subscription ends", live.cutShort())).reason, "SESSION_ENDED");
  await eventually("its value is dead", async () => await viewerBy(app, cookie) === undefined);
  const late = await post(app, "{ sessions { id } }", { headers: { origin: OWN_ORIGIN, cookie } });
  assert.equal(late.errors[0]?.extensions?.code, "UNAUTHENTICATED");
  assert.deepEqual((await sessionsSeen(app, ada.id)).map(({ id }) => id), [ada.sessionId]);
  assert.equal(await viewerOf(app, ada.accessToken), ada.username);
});

onEachDatabase("R14: signing out clears no cookie whose session continues", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const page = newBrowser(app);
  await signInWithCookie(page, ada.username);
  const cookie = page.cookie()!;
  assert.equal((await signOut(page, ada.accessToken)).__typename, "Done");
  // If the cookie was cleared, its session must have ended, because the user can no longer end it.
  if (!page.cookie()?.includes("sallyport=")) {
    await eventually("its value is dead", async () => await viewerBy(app, cookie) === undefined);
  } else assert.equal(await viewerBy(app, cookie), ada.username);
});

onPglite("R14: each sign-in creates a new session, also with a cookie present", async (database) => {
  await using app = await startApp({ database });
  const [ada, bob] = [await newPerson(app), await newPerson(app)];
  const page = newBrowser(app);
  const [first, second] = [
    await signInWithCookie(page, ada.username),
    await signInWithCookie(page, ada.username),
  ];
  assert.notEqual(first.session.id, second.session.id);
  assert.equal(second.session.current, true);
  const third = await signInWithCookie(page, bob.username);
  assert.deepEqual([third.session.current, third.user.id], [true, bob.id]);
  assert.equal(viewer(await post(page, VIEWER)), bob.username);
  const ids = [...await sessionsSeen(app, ada.id), ...await sessionsSeen(app, bob.id)].map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
});

onPglite(
  "R10: the cookie is accepted 300 s after its 7 days, and by clocks 300 s off",
  async (database) => {
    await using app = await startApp({ database });
    const { username } = await newPerson(app);
    const page = newBrowser(app);
    await signInWithCookie(page, username);
    const after = async (seconds: number) => {
      app.clock.advance(seconds);
      const seen = await viewerBy(app, page.cookie()!);
      app.clock.advance(-seconds);
      return seen;
    };
    assert.equal(await after(7 * DAY + 280), username);
    assert.equal(await after(7 * DAY + 302), undefined);
    assert.equal(await after(-1), username);
    assert.equal(await after(-295), username);
    assert.equal(await after(-310), undefined);
  },
);

onPglite("a restarted server still rejects a cookie that was ended days ago", async (database) => {
  const keys = newKeyring();
  let cookie: string, person: Person;
  {
    await using app = await startApp({ database, keys });
    app.clock.advance(-6 * DAY);
    const page = newBrowser(app);
    person = await newPerson(app);
    await signInWithCookie(page, person.username);
    cookie = page.cookie()!;
    await signOut(page, "");
  }
  await using app = await startApp({ database, keys });
  assert.equal(await viewerBy(app, cookie), undefined);
  assert.deepEqual(await sessionsSeen(app, person.id).then((all) => all.map(({ transport }) => transport)), [
    "TOKENS",
  ]);
});

onPglite("a cookie and a token of two users are rejected, of one user accepted", async (database) => {
  await using app = await startApp({ database });
  const [ada, bob] = [await newPerson(app), await newPerson(app)];
  const page = newBrowser(app);
  await signInWithCookie(page, ada.username);
  const both = (token: string, query = VIEWER) => post(page, query, { token });
  assert.equal(viewer(await both(ada.accessToken)), ada.username);
  for (const query of [VIEWER, "{ authState { currentState } }", "{ sessions { id } }"]) {
    for (const token of [bob.accessToken, await app.operatorToken()]) {
      const { data, errors } = await both(token, query);
      assert.equal(data?.["viewer"] ?? null, null);
      assert.equal(errors[0]?.extensions?.code, "INVALID_INPUT", query);
    }
  }
  assert.equal((await revoke(page, bob.accessToken, bob.sessionId)).code, "INVALID_INPUT");
  assert.equal(await viewerOf(app, bob.accessToken), bob.username, "nothing was ended");
  // The cookie does not replace an invalid token.
  assert.equal((await both("x")).errors[0]?.extensions?.code, "UNAUTHENTICATED");
  assert.equal(viewer(await post(page, VIEWER)), ada.username);
});

/** Cookie sign-ins as pages of other sites can send them. */
const attempts = (username: string): Record<string, Request> => {
  const variables = cookieInput(username);
  const sent = (headers: Record<string, string>) => graphqlRequest(SIGN_IN, { variables, headers });
  const form = new URLSearchParams({ query: SIGN_IN, variables: JSON.stringify(variables) });
  const multipart = new FormData();
  multipart.set("query", SIGN_IN);
  multipart.set("variables", JSON.stringify(variables));
  multipart.set("operations", JSON.stringify({ query: SIGN_IN, variables }));
  multipart.set("map", "{}");
  const origin = OWN_ORIGIN;
  return {
    "without an Origin": sent({}),
    "from another site": sent({ origin: "https://evil.example" }),
    "from a sandboxed page": sent({ origin: "null" }),
    "from another port": sent({ origin: "http://127.0.0.1:4001" }),
    "from another site, with the header": sent({ origin: "https://evil.example", "x-sallyport-csrf": "1" }),
    "as a GET": new Request(`${ENDPOINT}?${form}`, { headers: { origin } }),
    "as a form": new Request(ENDPOINT, { method: "POST", body: form, headers: { origin } }),
    "as a form with files": new Request(ENDPOINT, { method: "POST", body: multipart, headers: { origin } }),
    "as text": sent({ origin, "content-type": "text/plain" }),
    "as GraphQL": new Request(`${ENDPOINT}?variables=${encodeURIComponent(JSON.stringify(variables))}`, {
      method: "POST",
      body: SIGN_IN,
      headers: { origin, "content-type": "application/graphql" },
    }),
  };
};

onEachDatabase("R42: pages of other sites cannot sign in with a cookie", async (database) => {
  await using app = await startApp({ database });
  await using server = await listenWithWebSockets(app);
  const ada = await newPerson(app);
  for (const [name, request] of Object.entries(attempts(ada.username))) {
    const response = await app.fetch(request);
    assert.deepEqual(response.headers.getSetCookie(), [], name);
    const text = await response.text();
    assert.doesNotMatch(text, /"SignedIn"/, name);
    if (/^(from|without)/.test(name)) assert.match(text, /"code":"FORBIDDEN"/, name);
  }
  await using ws = await WsClient.open(server.wsUrl, { headers: { origin: new URL(ENDPOINT).origin } });
  ws.subscribe("1", SIGN_IN, cookieInput(ada.username));
  assert.match(JSON.stringify(await ws.next()), /"code":"FORBIDDEN"/);
  const { code } = await signInWithCookie(app, ada.username);
  assert.equal(code, "FORBIDDEN");
  assert.deepEqual(
    (await sessionsSeen(app, ada.id)).map(({ id }) => id),
    [ada.sessionId],
    "no session was made",
  );

  // Allowed with the header that a form cannot set, or from our own page.
  const headers = { "x-sallyport-csrf": "1" };
  assert.equal((await signInWithCookie(app, ada.username, { headers })).__typename, "SignedIn");
  assert.equal((await signInWithCookie(newBrowser(app), ada.username)).__typename, "SignedIn");
});

onEachDatabase("R6: failures clear no cookie", async (database) => {
  await using app = await startApp({ database });
  const [ada, bob] = [await newPerson(app), await newPerson(app)];
  const page = newBrowser(app);
  await signInWithCookie(page, ada.username);
  const cookie = page.cookie()!;
  const set = page.lastSet();
  const wrong = { input: { ...cookieInput(bob.username).input, password: "not it" } };
  assert.equal((await mutate(page, SIGN_IN, { variables: wrong })).code, "INVALID_CREDENTIALS");
  assert.equal((await signOut(page, bob.accessToken)).code, "INVALID_INPUT");
  assert.equal((await signOut(page, "x")).code, "UNAUTHENTICATED");
  await post(page, "{ nothing }");
  await post(page, "mutation { signOut {");
  await (await page.fetch(new Request(ENDPOINT))).body?.cancel();
  await post(page, `mutation { refreshSession(input: { refreshToken: "x" }) { __typename } }`);
  assert.equal(page.lastSet(), set, "no Set-Cookie came");
  assert.equal(page.cookie(), cookie);
  assert.equal(viewer(await post(page, VIEWER)), ada.username);
  await signedIn(app, bob.username);
  assert.equal(await viewerOf(app, bob.accessToken), bob.username);
});
