import assert from "node:assert/strict";
import { type AuthState, type FlowState, RequestRefused, SallyportError } from "../src/client/sallyport.ts";
import { startApp } from "./support/app.ts";
import { mailedCode } from "./support/codes.ts";
import { onPglite } from "./support/databases.ts";
import { eventually } from "./support/eventually.ts";
import { PASSWORD } from "./support/people.ts";
import { newSallyport, somebody } from "./support/sallyport_client.ts";

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
  const other = newSallyport(app);
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

onPglite("onAuthState goes on with whoever signs in next", async (database) => {
  await using app = await startApp({ database });
  const { client, username } = await somebody(app);
  const other = await somebody(app);
  const seen: (string | null | undefined)[] = [];
  const stop = client.onAuthState(({ user }) => seen.push(user && user.username));
  await eventually("the first", () => seen.at(-1) === username);
  await client.signInWithPassword(other.username, PASSWORD);
  await eventually("the other, without a sign-out between", () => seen.at(-1) === other.username);
  await client.signOut();
  await eventually("nobody", () => seen.at(-1) === null);
  await client.signInWithPassword(username, PASSWORD);
  await eventually("the first again", () => seen.at(-1) === username);
  assert.deepEqual(seen, [username, other.username, null, username]);
  stop();
  await client.signOut();
  assert.equal(seen.length, 4, "nothing is told after it was stopped");
  client.close();
  other.client.close();
});

onPglite("onFlow tells each step of an e-mail sign-in, and stops at its end", async (database) => {
  await using app = await startApp({ database });
  const client = newSallyport(app);
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

onPglite(
  "what the server refuses for now is asked again, and what it refuses for good is told",
  async (database) => {
    await using app = await startApp({ database });
    let refusals = ["UNAVAILABLE", "OVERLOADED", "RATE_LIMITED"];
    const fetch = async (request: Request) => {
      const code = request.headers.get("accept") === "text/event-stream" ? refusals.shift() : undefined;
      return code
        ? Response.json({ errors: [{ message: "no", extensions: { code } }] })
        : await app.fetch(request);
    };
    const { client, user } = await somebody(app, { fetch });
    const ids: (string | undefined)[] = [];
    const errors: unknown[] = [];
    const stop = client.onAuthState((state) => ids.push(state.user?.id), (error) => errors.push(error));
    await eventually("the present state", () => ids.length === 1);
    assert.deepEqual([ids, refusals, errors], [[user.id], [], []]);
    stop();

    refusals = ["FORBIDDEN"];
    client.onAuthState((state) => ids.push(state.user?.id), (error) => errors.push(error));
    await eventually("it is told", () => errors.length === 1);
    assert.ok(errors[0] instanceof RequestRefused && errors[0].code === "FORBIDDEN");
    client.onFlow("flw_nobodys", () => assert.fail("there is no such flow"), (error) => errors.push(error));
    await eventually("this as well", () => errors.length === 2);
    assert.equal(ids.length, 1);
    client.close();
  },
);
