import assert from "node:assert/strict";
import {
  type AuthState,
  CannotReachServer,
  type FlowState,
  RequestRefused,
  SallyportError,
} from "../../src/client/sallyport.ts";
import type { Document } from "../../src/client/document.ts";
import { keepUp } from "../../src/client/live.ts";
import { createTransport } from "../../src/client/transport.ts";
import { startApp } from "../support/app.ts";
import { mailedCode } from "../support/codes.ts";
import { onPglite } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { PASSWORD } from "../support/people.ts";
import { newSallyport, somebody } from "../support/sallyport_client.ts";
import { serve } from "../support/serve.ts";

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

/** Time that passes when a test says so: what is waited for, and for how long. */
function heldTime() {
  const waits: { ms: number; pass: () => void; over: boolean }[] = [];
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const wait = { ms, pass: resolve, over: false };
      waits.push(wait);
      signal?.addEventListener("abort", () => {
        wait.over = true;
        resolve();
      });
    });
  return { sleep, waits };
}

/** A stream that a test writes to, and that tells when the other side has left. */
function heldStream() {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const left = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: () => left.resolve(),
  });
  const say = (text: string) => controller.enqueue(new TextEncoder().encode(text));
  return { body, left: left.promise, say, close: () => controller.close() };
}

const next = (count: number) => `event: next\ndata: ${JSON.stringify({ data: { count } })}\n\n`;

const COUNT = "subscription { count }" as Document<{ count: number }, Record<string, never>>;

Deno.test("a stream that says nothing for half a minute is given up, and opened again", async () => {
  const streams: ReturnType<typeof heldStream>[] = [];
  await using server = serve({
    fetch: async (request) => {
      await request.text();
      const stream = heldStream();
      streams.push(stream);
      return new Response(stream.body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  const { sleep, waits } = heldTime();
  const transport = createTransport({ url: server.url, sleep });
  const heard: number[] = [];
  const lost: Error[] = [];
  // A server waits for those who still listen.
  const leaving = new AbortController();
  using _leave = { [Symbol.dispose]: () => leaving.abort() };
  const kept = keepUp({
    open: () => transport.follow({ query: COUNT, variables: {} }, { signal: leaving.signal }),
    heard: ({ count }) => void heard.push(count),
    lost: (error) => void lost.push(error as Error),
  }, leaving.signal);
  const [first] = await eventually("it is open", () => streams.length === 1 && streams);
  first?.say(next(1));
  await eventually("what it says is heard", () => heard.length === 1 && waits.length === 2);
  // What keeps a connection alive is heard too: the time begins anew.
  first?.say(":\n\n");
  await eventually("a sign of life", () => waits.length === 3);
  assert.deepEqual(waits.map(({ ms, over }) => [ms, over]), [[30_000, true], [30_000, true], [
    30_000,
    false,
  ]]);
  assert.equal(lost.length, 0);

  waits.at(-1)?.pass();
  await first?.left;
  const [, second] = await eventually("it is opened again", () => streams.length === 2 && streams);
  assert.ok(lost[0] instanceof CannotReachServer);
  second?.say(next(2));
  second?.say("event: complete\n\n");
  await kept;
  assert.deepEqual([heard, lost.length, streams.length], [[1, 2], 1, 2]);
  second?.close();
});
