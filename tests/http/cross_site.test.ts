import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { newName, newPerson, PASSWORD, register } from "../support/people.ts";
import { cookieOf, OWN_PAGE, signInWithCookieRequest } from "../support/token_kinds.ts";
import { handshake } from "../support/raw_web_socket.ts";
import { WsClient } from "../support/web_socket_client.ts";
import { ask, ENDPOINT, graphqlRequest, listenWithWebSockets, post } from "../support/wire.ts";

const LISTED = "https://app.test";
const FOREIGN = "https://evil.test";
const CSRF = { "x-sallyport-csrf": "1" };

/** Ends the session if the server accepts the request's cookie. */
const SIGN_OUT = "mutation { signOut { __typename } }";

/** Requests that a foreign page can make a browser send with our cookie. */
const ATTACKS: Record<string, (cookie: string) => Request> = {
  "a link": (cookie) => new Request(url(SIGN_OUT), { headers: { cookie } }),
  "a link from our own page": (cookie) => new Request(url(SIGN_OUT), { headers: { cookie, ...OWN_PAGE } }),
  "a link that says it is JSON": (cookie) =>
    new Request(url(SIGN_OUT), {
      headers: { cookie, ...OWN_PAGE, ...CSRF, "content-type": "application/json" },
    }),
  "a form": (cookie) => form(cookie, { origin: FOREIGN }),
  "a form of our own page": (cookie) => form(cookie, OWN_PAGE),
  "a form without an origin": (cookie) => form(cookie, {}),
  "a form with files": (cookie) => {
    const body = new FormData();
    body.set("operations", JSON.stringify({ query: SIGN_OUT }));
    body.set("map", "{}");
    return new Request(ENDPOINT, { method: "POST", headers: { cookie, ...OWN_PAGE }, body });
  },
  "text/plain that is JSON": (cookie) => json(cookie, { origin: FOREIGN, "content-type": "text/plain" }),
  "text/plain of our own page": (cookie) => json(cookie, { ...OWN_PAGE, "content-type": "text/plain" }),
  "a body of no type": (cookie) =>
    new Request(ENDPOINT, {
      method: "POST",
      headers: { cookie, ...OWN_PAGE },
      body: new Blob([JSON.stringify({ query: SIGN_OUT })]),
    }),
  "a foreign origin": (cookie) => json(cookie, { origin: FOREIGN }),
  "a foreign origin and our header": (cookie) => json(cookie, { origin: FOREIGN, ...CSRF }),
  "the origin null": (cookie) => json(cookie, { origin: "null" }),
  "the origin null and our header": (cookie) => json(cookie, { origin: "null", ...CSRF }),
  "no origin and no header": (cookie) => json(cookie, {}),
  "an empty origin": (cookie) => json(cookie, { origin: "" }),
  "our host over https": (cookie) => json(cookie, { origin: OWN_PAGE.origin.replace("http:", "https:") }),
  "another port": (cookie) => json(cookie, { origin: `${OWN_PAGE.origin}0` }),
  "our origin in capitals": (cookie) => json(cookie, { origin: OWN_PAGE.origin.toUpperCase() }),
  "two origins": (cookie) => json(cookie, { origin: `${OWN_PAGE.origin}, ${FOREIGN}` }),
  "a foreign origin over SSE": (cookie) => json(cookie, { origin: FOREIGN, accept: "text/event-stream" }),
  "a referrer in the place of the origin": (cookie) => json(cookie, { referer: `${OWN_PAGE.origin}/` }),
  "PUT": (cookie) => json(cookie, OWN_PAGE, "PUT"),
  "our cookie behind another": (cookie) => json(`theme=dark; ${cookie}`, { origin: FOREIGN }),
  "our cookie twice": (cookie) => json(`sallyport=x; ${cookie}`, { origin: FOREIGN }),
};

function url(query: string): string {
  return `${ENDPOINT}?${new URLSearchParams({ query })}`;
}

function json(cookie: string, headers: Record<string, string>, method = "POST"): Request {
  return new Request(new Request(graphqlRequest(SIGN_OUT, { headers: { cookie, ...headers } }), { method }));
}

function form(cookie: string, headers: Record<string, string>): Request {
  const body = new URLSearchParams({ query: SIGN_OUT });
  return new Request(ENDPOINT, { method: "POST", headers: { cookie, ...headers }, body });
}

/** Returns the username that the cookie signs in, on a page of ours. */
async function viewerBy(app: TestApp, cookie: string, origin = OWN_PAGE.origin): Promise<string | null> {
  const { data } = await post(app, "{ viewer { username } }", { headers: { cookie, origin } });
  return (data?.["viewer"] as { username: string } | null)?.username ?? null;
}

onEachDatabase("R42: a foreign page cannot use the session cookie", async (database) => {
  await using app = await startApp({ database, env: { ALLOWED_ORIGINS: LISTED } });
  const { username } = await newPerson(app);
  const cookie = await cookieOf(app, username);
  for (const [how, attack] of Object.entries(ATTACKS)) {
    // Also with the cookie name that this server does not use: another instance may use it.
    for (const each of [cookie, `__Host-${cookie}`]) {
      const { status, headers, text } = await ask(app, attack(each));
      assert.ok(status >= 400 && status < 500, `${how}: ${status} ${text}`);
      assert.deepEqual(headers.getSetCookie(), [], how);
      assert.equal(headers.get("access-control-allow-credentials"), null, how);
      assert.equal(await viewerBy(app, cookie), username, `signed out by ${how}`);
    }
  }
  // Reading is refused too. Only the method of this request is wrong.
  const headers = { cookie, ...OWN_PAGE, ...CSRF, "content-type": "application/json" };
  const read = await ask(app, new Request(url("{ viewer { username } }"), { headers }));
  assert.deepEqual([read.status, read.data], [403, undefined]);
  await app.services.eventLog.settled();
  assert.equal(await viewerBy(app, cookie, LISTED), username, "a listed page may");
  const done = await ask(app, json(cookie, OWN_PAGE));
  assert.deepEqual(done.data, { signOut: { __typename: "Done" } });
  const [cleared = "", ...more] = done.headers.getSetCookie();
  assert.match(cleared, /^sallyport=; .*Expires=Thu, 01 Jan 1970/);
  assert.deepEqual(more, []);
  await eventually("the session has ended", async () => await viewerBy(app, cookie) === null);
});

onPglite("R42: a foreign page cannot sign a user in with a cookie", async (database) => {
  await using app = await startApp({ database, env: { ALLOWED_ORIGINS: LISTED } });
  const username = newName();
  await register(app, { username, password: PASSWORD });
  const outcome = async (request: Request) => {
    const { data, headers, errors, text } = await ask(app, request);
    const result = data?.["signInWithPassword"] as { code?: string; __typename: string } | undefined;
    const code = result ? result.code ?? result.__typename : errors[0] ? "an error" : text;
    return [code, headers.getSetCookie().length];
  };
  const sign = (headers: Record<string, string>) => outcome(signInWithCookieRequest(username, { headers }));
  // The session cookie and the device cookie.
  const taken = ["SignedIn", 2];
  for (const headers of [OWN_PAGE, { origin: LISTED }, CSRF, { ...OWN_PAGE, accept: "text/event-stream" }]) {
    assert.deepEqual(await sign(headers), taken, JSON.stringify(headers));
  }
  const refused = ["FORBIDDEN", 0];
  for (const origin of [FOREIGN, "null"]) {
    assert.deepEqual(await sign({ origin }), refused);
    assert.deepEqual(await sign({ origin, ...CSRF }), refused);
    assert.deepEqual(await sign({ origin, accept: "text/event-stream" }), refused);
  }
  assert.deepEqual(await sign({}), refused);
  const query = `mutation { signInWithPassword(input: { identifier: "${username}", password: "${PASSWORD}",
    transport: COOKIE }) { __typename ... on AuthError { code } } }`;
  const byForm = new Request(ENDPOINT, {
    method: "POST",
    headers: OWN_PAGE,
    body: new URLSearchParams({ query }),
  });
  assert.deepEqual(await outcome(byForm), ["an error", 0]);
  const byLink = await outcome(new Request(url(query), { headers: OWN_PAGE }));
  assert.equal(byLink[1], 0);
  assert.notEqual(byLink[0], "SignedIn");
  await using server = await listenWithWebSockets(app);
  await using ws = await WsClient.open(server.wsUrl, { headers: OWN_PAGE });
  ws.subscribe("1", query);
  assert.match(JSON.stringify((await ws.next()).payload), /"code":"FORBIDDEN"/);
  // The refused requests created no sessions.
  const { data } = await post(app, "{ allSessions { nodes { id } } }", {
    token: await app.operatorToken("READ"),
  });
  assert.equal((data?.["allSessions"] as { nodes: unknown[] }).nodes.length, 4);
});

onPglite("R42: a token's holder is given no cookie, nor is one taken away elsewhere", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { headers, data } = await post(app, SIGN_OUT, {
    token: ada.accessToken,
    headers: { origin: FOREIGN },
  });
  assert.deepEqual(data, { signOut: { __typename: "Done" } });
  assert.deepEqual(headers.getSetCookie(), []);
});

onPglite("R42: a foreign page cannot subscribe or open a WebSocket with the cookie", async (database) => {
  await using app = await startApp({ database, env: { ALLOWED_ORIGINS: LISTED } });
  const { username } = await newPerson(app);
  const cookie = await cookieOf(app, username);
  await using server = await listenWithWebSockets(app);
  const upgrade = async (headers: Record<string, string>) => {
    // The subprotocol is wrong on purpose: a request that passes the origin check gets that error.
    const { status, head } = await handshake(server.wsUrl, { ...headers, "sec-websocket-protocol": "x" });
    assert.doesNotMatch(head, /set-cookie/i);
    return status;
  };
  for (const name of [cookie, `__Host-${cookie}`]) {
    for (const origin of [FOREIGN, "null", `${OWN_PAGE.origin}.evil.test`, ""]) {
      assert.equal(await upgrade({ cookie: name, origin }), 403, origin);
      assert.equal(await upgrade({ cookie: name, origin, ...CSRF }), 403, origin);
    }
    assert.equal(await upgrade({ cookie: name }), 403, "no origin");
    for (const headers of [OWN_PAGE, { origin: LISTED }, CSRF]) {
      assert.equal(await upgrade({ cookie: name, ...headers }), 400);
    }
  }
  await using ws = await WsClient.open(server.wsUrl, { headers: { cookie, ...OWN_PAGE } });
  ws.subscribe("1", "{ viewer { username } }");
  assert.deepEqual((await ws.next()).payload, { data: { viewer: { username } } });
  const foreign = new WsClient(server.wsUrl, { headers: { cookie, origin: FOREIGN } });
  await foreign.opened();
  assert.notEqual((await foreign.closed).code, 1000);
  await assert.rejects(foreign.next(), /Closed/);

  const events = { cookie, accept: "text/event-stream" };
  const EVENTS = "subscription { events { id } }";
  for (const headers of [{ ...events, origin: FOREIGN }, { ...events, origin: "null" }, events]) {
    assert.equal((await post(app, EVENTS, { headers })).status, 403);
  }
});

/** Returns a request from a page that was loaded by this host name. */
function reachedAt(at: string, cookie: string, origin: string): Request {
  const query = "{ viewer { username } }";
  const headers = { cookie, origin, "content-type": "application/json" };
  return new Request(new URL("/graphql", at), { method: "POST", headers, body: JSON.stringify({ query }) });
}

onPglite("R42: without PUBLIC_URL, only this machine's names are our origin", async (database) => {
  await using app = await startApp({ database });
  const { username } = await newPerson(app);
  const cookie = await cookieOf(app, username);
  const viewer = async (at: string, origin = at) => {
    const { status, data } = await ask(app, reachedAt(at, cookie, origin));
    return status === 403 ? "refused" : (data?.["viewer"] as { username: string } | null)?.username;
  };
  for (
    const own of [
      "http://localhost:4000",
      "http://127.0.0.1:4000",
      "http://[::1]:4000",
      "http://localhost:5999",
    ]
  ) {
    assert.equal(await viewer(own), username, own);
  }
  assert.equal(await viewer("http://localhost:4000", "http://127.0.0.1:4000"), username, "our own address");
  // An attacker's host name that resolves to this machine: for the browser, the page and the server are one site.
  for (
    const name of [
      "evil.test",
      "localhost.evil.test",
      "127.0.0.1.evil.test",
      "evil.localhost",
      "2130706434",
      "0.0.0.0",
    ]
  ) {
    assert.equal(await viewer(`http://${name}:4000`), "refused", name);
  }
  assert.equal(
    await viewer("http://localhost:4000", "http://localhost:4001"),
    "refused",
    "another port's page",
  );
  assert.equal(await viewer("http://localhost:4000", "https://localhost:4000"), "refused");
});

onPglite("R42: PUBLIC_URL decides the origin, the cookie's name and its Secure flag", async (database) => {
  await using app = await startApp({ database, env: { PUBLIC_URL: "https://auth.test" } });
  const { username } = await newPerson(app);
  const own = { origin: "https://auth.test" };
  // The socket does not matter: a proxy terminates TLS.
  const signedIn = await ask(app, signInWithCookieRequest(username, { headers: own }));
  const [set = ""] = signedIn.headers.getSetCookie();
  assert.match(set, /^__Host-sallyport=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Secure; Expires=/);
  assert.doesNotMatch(set, /Domain/i);
  const cookie = set.split(";")[0] ?? "";
  assert.equal(await viewerBy(app, cookie, own.origin), username);
  for (
    const at of ["http://127.0.0.1:4000", "http://localhost:4000", "http://auth.test", "https://auth.test"]
  ) {
    const expected = at === own.origin ? 200 : 403;
    assert.equal((await ask(app, reachedAt(at, cookie, at))).status, expected, at);
    assert.equal((await ask(app, reachedAt("http://127.0.0.1:4000", cookie, at))).status, expected, at);
  }
  const plain = cookie.replace("__Host-", "");
  assert.equal(await viewerBy(app, plain, own.origin), null, "without the prefix it is not ours");
  const outFrom = await ask(app, json(cookie, own));
  assert.match(
    outFrom.headers.getSetCookie()[0] ?? "",
    /^__Host-sallyport=; .*Secure; Expires=Thu, 01 Jan 1970/,
  );
  const refused = await ask(app, signInWithCookieRequest(username, { headers: OWN_PAGE }));
  assert.deepEqual(refused.headers.getSetCookie(), []);
});
