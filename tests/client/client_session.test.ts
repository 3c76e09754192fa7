import assert from "node:assert/strict";
import { CannotReachServer, createSallyport, SallyportError } from "../../src/client/sallyport.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { newBrowser } from "../support/browser.ts";
import { onPglite } from "../support/databases.ts";
import { eventually, times } from "../support/eventually.ts";
import { PASSWORD } from "../support/people.ts";
import { newSallyport, openStorage, signedInClient } from "../support/sallyport_client.ts";
import { serve } from "../support/serve.ts";
import { typesOf } from "../support/sessions.ts";

const refreshesOf = async (app: TestApp, userId: string) =>
  (await typesOf(app, userId)).filter((type) => type.startsWith("session.refresh"));

onPglite("concurrent calls that need a new access token share one refresh", async (database) => {
  await using app = await startApp({ database });
  const { storage, expire, tokens } = openStorage();
  const { client, user } = await signedInClient(app, { storage });
  expire();
  const before = tokens();
  const answers = await times(20, () => client.authState());
  assert.deepEqual(new Set(answers.map((state) => state.user?.id)), new Set([user.id]));
  assert.deepEqual(await refreshesOf(app, user.id), ["session.refreshed"]);
  assert.notEqual(tokens().refreshToken, before.refreshToken);
  client.close();
});

onPglite(
  "when the server refuses a token, it is renewed once and the call is repeated once",
  async (database) => {
    await using app = await startApp({ database });
    const { storage } = openStorage();
    const { client, user } = await signedInClient(app, { storage });
    // By this machine's clock, the token is still valid.
    app.clock.advance(16 * 60);
    assert.equal((await client.authState()).user?.id, user.id);
    assert.equal((await refreshesOf(app, user.id)).length, 1);
    app.clock.advance(16 * 60);
    assert.equal((await client.transitionState("VISITOR")).currentState, "VISITOR");
    assert.equal((await refreshesOf(app, user.id)).length, 2);
    client.close();
  },
);

onPglite("fetch sends the token, renews it on 401, and repeats the call once", async (database) => {
  await using app = await startApp({ database });
  const seen: (string | null)[] = [];
  const fetch = async (request: Request) => {
    if (new URL(request.url).pathname === "/graphql") return await app.fetch(request);
    seen.push(`${request.headers.get("authorization")} ${await request.text()}`);
    return new Response(null, { status: 401 });
  };
  const { storage, tokens } = openStorage();
  const origins = ["https://api.example.test"];
  const { client, user } = await signedInClient(app, { storage, fetch, origins });
  const first = tokens().accessToken;
  const response = await client.fetch("https://api.example.test/things", { method: "POST", body: "thing" });
  assert.equal(response.status, 401);
  assert.deepEqual(seen, [`Bearer ${first} thing`, `Bearer ${tokens().accessToken} thing`]);
  assert.notEqual(tokens().accessToken, first);
  assert.equal((await refreshesOf(app, user.id)).length, 1);
  assert.ok(client.signedIn, "a 401 of another service does not end the session");
  client.close();
});

onPglite(
  "fetch sends the token only to listed origins, and keeps another Authorization header",
  async (database) => {
    await using app = await startApp({ database });
    const seen: (string | null)[] = [];
    const fetch = async (request: Request) => {
      if (new URL(request.url).pathname === "/graphql") return await app.fetch(request);
      seen.push(request.headers.get("authorization"));
      return new Response(null, { status: 401 });
    };
    const { client, user } = await signedInClient(app, { fetch, origins: ["https://api.example.test"] });
    for (
      const url of [
        "https://elsewhere.example.test/",
        "http://api.example.test/",
        "https://api.example.test:8443/",
        "https://api.example.test.evil.test/",
        "https://api.example.test@evil.test/",
      ]
    ) {
      assert.equal((await client.fetch(url)).status, 401);
    }
    await client.fetch("https://api.example.test/", { headers: { authorization: "Basic abc" } });
    assert.deepEqual(seen, [null, null, null, null, null, "Basic abc"]);
    assert.deepEqual(await refreshesOf(app, user.id), [], "a 401 without the token does not renew it");
    client.close();
  },
);

onPglite("with a clock that is an hour off, the token is renewed at the right time", async (database) => {
  await using app = await startApp({ database });
  app.clock.advance(3_600);
  const { storage, tokens } = openStorage();
  const { client, user } = await signedInClient(app, { storage });
  const left = tokens().renewAt - Date.now();
  assert.ok(left > 14 * 60_000 && left < 15 * 60_000, `${left} ms`);
  await times(3, () => client.authState());
  assert.deepEqual(await refreshesOf(app, user.id), []);
  client.close();
});

onPglite(
  "only the server ends a session, not a lost connection, a limit or an error page",
  async (database) => {
    await using app = await startApp({ database });
    const { storage, expire, tokens } = openStorage();
    let broken: Response | Error | undefined;
    const fetch = async (request: Request) => {
      if (broken instanceof Error) throw broken;
      return broken?.clone() ?? await app.fetch(request);
    };
    const { client, username } = await signedInClient(app, { storage, fetch });
    const changes: boolean[] = [];
    client.onSession((open) => changes.push(open));
    const before = tokens();
    const limited = { result: { __typename: "RateLimitedError", code: "RATE_LIMITED", message: "Too many" } };
    for (
      const trouble of [
        new TypeError("network"),
        new Response("<h1>Bad gateway</h1>", { status: 502 }),
        Response.json({ data: limited }),
        Response.json({ errors: [{ message: "no", extensions: { code: "UNAVAILABLE" } }] }),
      ]
    ) {
      broken = trouble;
      expire();
      await assert.rejects(client.authState(), (error: Error) => !(error instanceof SallyportError));
      assert.equal(storage.get()?.refreshToken, before.refreshToken);
    }
    assert.deepEqual([client.signedIn, changes], [true, []]);

    broken = undefined;
    expire();
    assert.ok((await client.authState()).user, "the session works again");
    const other = newSallyport(app);
    await other.signInWithPassword(username, PASSWORD);
    await other.revokeOtherSessions();
    expire();
    assert.equal((await client.authState()).user, null);
    assert.deepEqual([client.signedIn, changes], [false, [false]]);
    client.close();
    other.close();
  },
);

onPglite("a lost answer to a refresh is requested again", async (database) => {
  await using app = await startApp({ database });
  const { storage, expire } = openStorage();
  let lose = 0;
  const fetch = async (request: Request) => {
    const isRefresh = (await request.clone().text()).includes("refreshSession");
    const response = await app.fetch(request);
    if (!isRefresh || lose-- <= 0) return response;
    await response.body?.cancel();
    throw new TypeError("connection reset");
  };
  const { client, user } = await signedInClient(app, { storage, fetch });
  lose = 2;
  expire();
  assert.equal((await client.authState()).user?.id, user.id);
  const types = await refreshesOf(app, user.id);
  assert.deepEqual(types, ["session.refreshed", "session.refresh_repeated", "session.refresh_repeated"]);
  client.close();
});

onPglite("a refresh without an answer is repeated in time", async (database) => {
  await using app = await startApp({ database });
  const { storage, expire } = openStorage();
  let isDead = true;
  const fetch = async (request: Request) => {
    const isRefresh = (await request.clone().text()).includes("refreshSession");
    const response = await app.fetch(request);
    if (!isRefresh || !isDead) return response;
    isDead = false;
    await response.body?.cancel();
    // The connection dies after the server has answered.
    return await new Promise<Response>((_, reject) => {
      request.signal.addEventListener("abort", () => reject(request.signal.reason));
    });
  };
  const { client, user } = await signedInClient(app, { storage, fetch });
  expire();
  assert.equal((await client.authState()).user?.id, user.id);
  assert.deepEqual(await refreshesOf(app, user.id), ["session.refreshed", "session.refresh_repeated"]);
  client.close();
});

onPglite("signOut forgets the session only after the server has ended it", async (database) => {
  await using app = await startApp({ database });
  let away = true;
  const { storage } = openStorage();
  const fetch = (request: Request) => away ? Promise.reject(new TypeError("network")) : app.fetch(request);
  away = false;
  const { client } = await signedInClient(app, { storage, fetch });
  away = true;
  await assert.rejects(client.signOut(), CannotReachServer);
  assert.ok(client.signedIn, "signedIn is false although the session continues");
  away = false;
  const token = await client.accessToken();
  await client.signOut();
  assert.equal(client.signedIn, false);
  await assert.rejects(client.sessions());
  assert.ok(token);
  client.close();
});

onPglite(
  "COOKIE: nothing is stored, and the client learns of the session from the server's answers",
  async (database) => {
    await using app = await startApp({ database });
    const browser = newBrowser(app);
    const { storage } = openStorage();
    const open = () => newSallyport(app, { fetch: browser.fetch, transport: "COOKIE", storage });
    const { username } = await signedInClient(app);
    const client = open();
    const changes: boolean[] = [];
    const seen: (string | null | undefined)[] = [];
    client.onSession((isOpen) => changes.push(isOpen));
    client.onAuthState(({ user }) => seen.push(user && user.username));
    await eventually("no user", () => seen.at(-1) === null);
    await client.signInWithPassword(username, PASSWORD);
    await eventually("the user", () => seen.at(-1) === username);
    assert.deepEqual([client.signedIn, changes, storage.get()], [true, [true], undefined]);
    assert.equal(await client.accessToken(), undefined);

    const reloaded = open();
    assert.equal(reloaded.signedIn, false);
    assert.equal((await reloaded.authState()).user?.username, username);
    assert.equal(reloaded.signedIn, true);

    const elsewhere = newSallyport(app);
    await elsewhere.signInWithPassword(username, PASSWORD);
    await elsewhere.revokeOtherSessions();
    await eventually("another client ended the session", () => seen.at(-1) === null && !client.signedIn);
    assert.deepEqual([seen, changes], [[null, username, null], [true, false]]);
    for (const each of [client, reloaded, elsewhere]) each.close();
  },
);

onPglite("after handOver, only the client that adopted the session can use it", async (database) => {
  await using app = await startApp({ database });
  const { client, user } = await signedInClient(app);
  const { storage, expire } = openStorage();
  const receiver = newSallyport(app, { storage });
  const given = openStorage();
  const giver = newSallyport(app, { storage: given.storage });
  giver.adopt(await client.handOver() ?? assert.fail("there is a session"));
  assert.deepEqual([client.signedIn, await client.handOver(), giver.signedIn], [false, undefined, true]);
  // During a refresh, handOver returns the new tokens.
  given.expire();
  const old = given.tokens().refreshToken;
  const [state, tokens] = await Promise.all([giver.authState(), giver.handOver()]);
  assert.ok(state && tokens);
  assert.notEqual(tokens.refreshToken, old);
  receiver.adopt(tokens);
  assert.equal(receiver.signedIn, true);
  assert.equal((await client.authState()).user, null);
  expire();
  assert.equal((await receiver.authState()).user?.id, user.id);
  assert.deepEqual(await refreshesOf(app, user.id), ["session.refreshed", "session.refreshed"]);
  for (const each of [client, giver, receiver]) each.close();
});

onPglite("a malformed stored token is renewed and not sent", async (database) => {
  await using app = await startApp({ database });
  const { storage, tokens } = openStorage();
  const { client, user } = await signedInClient(app, { storage });
  storage.set({ ...tokens(), accessToken: `${tokens().accessToken}\n`, renewAt: Infinity });
  assert.equal((await client.authState()).user?.id, user.id);
  assert.equal((await refreshesOf(app, user.id)).length, 1);
  client.close();
});

Deno.test("API requests do not follow a redirect to another server", async () => {
  const seen: string[] = [];
  await using elsewhere = serve({
    fetch: async (request) => {
      seen.push(`${request.url} ${await request.text()}`);
      return Response.json({ data: {} });
    },
  });
  await using server = serve({
    fetch: ({ url }) =>
      Promise.resolve(Response.redirect(new URL(new URL(url).pathname, elsewhere.url), 307)),
  });
  const { storage } = openStorage();
  storage.set({ accessToken: "expired", refreshToken: "spr_secret", renewAt: 0 });
  const client = createSallyport({ url: server.url, storage, sleep: () => Promise.resolve() });
  await assert.rejects(client.authState(), CannotReachServer);
  await client.handOver();
  await assert.rejects(client.signInWithPassword("ada", PASSWORD), CannotReachServer);
  assert.deepEqual(seen, []);
  client.close();
});

Deno.test("a redirect to another origin does not send the token there", async () => {
  const seen: (string | null)[] = [];
  const record = (request: Request) => {
    seen.push(request.headers.get("authorization"));
    return Promise.resolve(new Response("thank you"));
  };
  await using elsewhere = serve({ fetch: record });
  await using server = serve({ fetch: () => Promise.resolve(Response.redirect(elsewhere.url, 307)) });
  const { storage } = openStorage();
  storage.set({ accessToken: "secret", refreshToken: "spr_secret", renewAt: Infinity });
  const client = createSallyport({ url: server.url, storage });
  const response = await client.fetch(`${server.url}/things`, { method: "POST", body: "thing" });
  assert.deepEqual([await response.text(), seen], ["thank you", [null]]);
  client.close();
});
