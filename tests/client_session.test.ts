import assert from "node:assert/strict";
import type { StoredTokens } from "../src/client/storage.ts";
import {
  type AuthState,
  CannotReachServer,
  createSallyport,
  type FlowState,
  memoryStorage,
  SallyportError,
  type SallyportOptions,
} from "../src/client/sallyport.ts";
import { startApp, type TestApp } from "./support/app.ts";
import { onPglite } from "./support/databases.ts";
import { eventually, times } from "./support/eventually.ts";
import { mailedCode } from "./support/codes.ts";
import { newName, PASSWORD } from "./support/people.ts";
import { typesOf } from "./support/sessions.ts";

const ORIGIN = "http://127.0.0.1:4000";

type Options = Partial<SallyportOptions>;

/** A client of this app, with somebody signed in. */
async function somebody(app: TestApp, options: Options = {}) {
  const fetch = (request: Request) => app.fetch(request);
  const client = createSallyport({ url: ORIGIN, fetch, sleep: () => Promise.resolve(), ...options });
  const username = newName();
  await client.register({ username, password: PASSWORD });
  const { user } = await client.signInWithPassword(username, PASSWORD);
  return { client, user, username };
}

/** A storage that a test can look into, and whose access token it can make over. */
function openStorage() {
  const storage = memoryStorage();
  const tokens = () => storage.get() as StoredTokens;
  return { storage, tokens, makeOver: () => storage.set({ ...tokens(), renewAt: 0 }) };
}

const refreshesOf = async (app: TestApp, userId: string) =>
  (await typesOf(app, userId)).filter((type) => type.startsWith("session.refresh"));

onPglite("any number of calls that need a new access token make one refresh", async (database) => {
  await using app = await startApp({ database });
  const { storage, makeOver, tokens } = openStorage();
  const { client, user } = await somebody(app, { storage });
  makeOver();
  const before = tokens();
  const answers = await times(20, () => client.authState());
  assert.deepEqual(new Set(answers.map((state) => state.user?.id)), new Set([user.id]));
  assert.deepEqual(await refreshesOf(app, user.id), ["session.refreshed"]);
  assert.notEqual(tokens().refreshToken, before.refreshToken);
  client.close();
});

onPglite("a token that the server refuses is renewed once, and the call repeated once", async (database) => {
  await using app = await startApp({ database });
  const { storage } = openStorage();
  const { client, user } = await somebody(app, { storage });
  // By this machine's clock it is good for a quarter of an hour still.
  app.clock.advance(16 * 60);
  assert.equal((await client.authState()).user?.id, user.id);
  assert.equal((await refreshesOf(app, user.id)).length, 1);
  app.clock.advance(16 * 60);
  assert.equal((await client.transitionState("VISITOR")).currentState, "VISITOR");
  assert.equal((await refreshesOf(app, user.id)).length, 2);
  client.close();
});

onPglite("fetch carries the token, renews it on 401, and repeats the call once", async (database) => {
  await using app = await startApp({ database });
  const seen: (string | null)[] = [];
  const fetch = async (request: Request) => {
    if (new URL(request.url).pathname === "/graphql") return await app.fetch(request);
    seen.push(`${request.headers.get("authorization")} ${await request.text()}`);
    return new Response(null, { status: 401 });
  };
  const { storage, tokens } = openStorage();
  const origins = ["https://api.example.test"];
  const { client, user } = await somebody(app, { storage, fetch, origins });
  const first = tokens().accessToken;
  const response = await client.fetch("https://api.example.test/things", { method: "POST", body: "thing" });
  assert.equal(response.status, 401);
  assert.deepEqual(seen, [`Bearer ${first} thing`, `Bearer ${tokens().accessToken} thing`]);
  assert.notEqual(tokens().accessToken, first);
  assert.equal((await refreshesOf(app, user.id)).length, 1);
  assert.ok(client.signedIn, "somebody else's 401 ends nothing");
  client.close();
});

onPglite("a clock that is an hour off renews neither too often nor too late", async (database) => {
  await using app = await startApp({ database });
  app.clock.advance(3_600);
  const { storage, tokens } = openStorage();
  const { client, user } = await somebody(app, { storage });
  const left = tokens().renewAt - Date.now();
  assert.ok(left > 14 * 60_000 && left < 15 * 60_000, `${left} ms`);
  await times(3, () => client.authState());
  assert.deepEqual(await refreshesOf(app, user.id), []);
  client.close();
});

onPglite(
  "only the server's word ends a session: no lost connection, no limit, no other page",
  async (database) => {
    await using app = await startApp({ database });
    const { storage, makeOver, tokens } = openStorage();
    let broken: Response | Error | undefined;
    const fetch = async (request: Request) => {
      if (broken instanceof Error) throw broken;
      return broken?.clone() ?? await app.fetch(request);
    };
    const { client, username } = await somebody(app, { storage, fetch });
    const heard: boolean[] = [];
    client.onSession((open) => heard.push(open));
    const kept = tokens();
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
      makeOver();
      await assert.rejects(client.authState(), (error: Error) => !(error instanceof SallyportError));
      assert.equal(storage.get()?.refreshToken, kept.refreshToken);
    }
    assert.deepEqual([client.signedIn, heard], [true, []]);

    broken = undefined;
    makeOver();
    assert.ok((await client.authState()).user, "and then it goes on");
    const other = createSallyport({ url: ORIGIN, fetch: (request) => app.fetch(request) });
    await other.signInWithPassword(username, PASSWORD);
    await other.revokeOtherSessions();
    makeOver();
    assert.equal((await client.authState()).user, null);
    assert.deepEqual([client.signedIn, heard], [false, [false]]);
    client.close();
    other.close();
  },
);

onPglite("an answer to a refresh that got lost is asked for again", async (database) => {
  await using app = await startApp({ database });
  const { storage, makeOver } = openStorage();
  let lose = 0;
  const fetch = async (request: Request) => {
    const isRefresh = (await request.clone().text()).includes("refreshSession");
    const response = await app.fetch(request);
    if (!isRefresh || lose-- <= 0) return response;
    await response.body?.cancel();
    throw new TypeError("connection reset");
  };
  const { client, user } = await somebody(app, { storage, fetch });
  lose = 2;
  makeOver();
  assert.equal((await client.authState()).user?.id, user.id);
  const types = await refreshesOf(app, user.id);
  assert.deepEqual(types, ["session.refreshed", "session.refresh_repeated", "session.refresh_repeated"]);
  client.close();
});

onPglite("signing out ends the session at the server first", async (database) => {
  await using app = await startApp({ database });
  let away = true;
  const { storage } = openStorage();
  const fetch = (request: Request) => away ? Promise.reject(new TypeError("network")) : app.fetch(request);
  away = false;
  const { client } = await somebody(app, { storage, fetch });
  away = true;
  await assert.rejects(client.signOut(), CannotReachServer);
  assert.ok(client.signedIn, "nobody is told that they are out while their session goes on");
  away = false;
  const token = await client.accessToken();
  await client.signOut();
  assert.equal(client.signedIn, false);
  await assert.rejects(client.sessions());
  assert.ok(token);
  client.close();
});

onPglite("onAuthState goes on through a broken connection, and ends with the session", async (database) => {
  await using app = await startApp({ database });
  let down: AbortController | undefined = new AbortController();
  const fetch = (request: Request) => {
    if (!down) return Promise.reject(new TypeError("network"));
    return app.fetch(new Request(request, { signal: AbortSignal.any([request.signal, down.signal]) }));
  };
  const { client, user } = await somebody(app, { fetch });
  const states: AuthState[] = [];
  const errors: unknown[] = [];
  const stop = client.onAuthState((state) => states.push(state), (error) => errors.push(error));
  await eventually("the present state", () => states.length === 1);
  assert.deepEqual([states[0]?.currentState, states[0]?.user?.id], ["AUTH", user.id]);
  await client.transitionState("VISITOR");
  await eventually("a change", () => states.at(-1)?.currentState === "VISITOR");
  down.abort();
  down = undefined;
  const other = createSallyport({ url: ORIGIN, fetch: (request) => app.fetch(request) });
  await other.signInWithPassword(user.username ?? "", PASSWORD);
  down = new AbortController();
  await eventually("what changed meanwhile", () => states.at(-1)?.currentState === "AUTH");
  await client.signOut();
  await eventually("the end", () => states.at(-1)?.user === null);
  const count = states.length;
  await other.transitionState("VISITOR");
  assert.equal(states.length, count, "nothing is told after the end");
  assert.deepEqual(errors, []);
  stop();
  client.close();
  other.close();
});

onPglite("onFlow tells each step of an e-mail sign-in, and stops at its end", async (database) => {
  await using app = await startApp({ database });
  const client = createSallyport({ url: ORIGIN, fetch: (request) => app.fetch(request) });
  const flow = await client.requestEmailCode("ada@example.test");
  const seen: FlowState[] = [];
  client.onFlow(flow.id, (state) => seen.push(state));
  const code = await mailedCode(app, "ada@example.test");
  await assert.rejects(client.verifyEmailCode(flow.id, "000000"), (error) => {
    return error instanceof SallyportError && error.code === "CODE_REJECTED";
  });
  await eventually("a try is used up", () => seen.at(-1)?.attemptsLeft === 4);
  const { user } = await client.verifyEmailCode(flow.id, code);
  assert.equal(user.email, "ada@example.test");
  await eventually("it has ended", () => seen.at(-1)?.status === "SUCCEEDED");
  assert.ok(client.signedIn);
  client.close();
});
