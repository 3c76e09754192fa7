import assert from "node:assert/strict";
import {
  type AuthState,
  CannotReachServer,
  type FlowState,
  RequestRefused,
  SallyportError,
} from "../../src/client/sallyport.ts";
import type { Document } from "../../src/client/document.ts";
import { keepSubscribed } from "../../src/client/live.ts";
import { createTransport } from "../../src/client/transport.ts";
import { startApp } from "../support/app.ts";
import { mailedCode } from "../support/codes.ts";
import { onPglite } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { PASSWORD } from "../support/people.ts";
import { newSallyport, signedInClient } from "../support/sallyport_client.ts";
import { serve } from "../support/serve.ts";

onPglite("onAuthState survives a broken connection, and reports the end of the session", async (database) => {
  await using app = await startApp({ database });
  let down: AbortController | undefined = new AbortController();
  const fetch = (request: Request) => {
    if (!down) return Promise.reject(new TypeError("network"));
    return app.fetch(new Request(request, { signal: AbortSignal.any([request.signal, down.signal]) }));
  };
  const { client, user } = await signedInClient(app, { fetch });
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
  assert.equal(states.length, count, "the listener was called after the session ended");
  assert.deepEqual(errors, []);
  stop();
  client.close();
  other.close();
});

onPglite("onAuthState follows the next user who signs in", async (database) => {
  await using app = await startApp({ database });
  const { client, username } = await signedInClient(app);
  const other = await signedInClient(app);
  const seen: (string | null | undefined)[] = [];
  const stop = client.onAuthState(({ user }) => seen.push(user && user.username));
  await eventually("the first user", () => seen.at(-1) === username);
  await client.signInWithPassword(other.username, PASSWORD);
  await eventually("the other user, without a sign-out between", () => seen.at(-1) === other.username);
  await client.signOut();
  await eventually("no user", () => seen.at(-1) === null);
  await client.signInWithPassword(username, PASSWORD);
  await eventually("the first user again", () => seen.at(-1) === username);
  assert.deepEqual(seen, [username, other.username, null, username]);
  stop();
  await client.signOut();
  assert.equal(seen.length, 4, "the listener was called after it was stopped");
  client.close();
  other.client.close();
});

onPglite("onFlow reports each step of an e-mail sign-in until it ends", async (database) => {
  await using app = await startApp({ database });
  const client = newSallyport(app);
  const flow = await client.requestEmailCode("ada@example.test");
  const seen: FlowState[] = [];
  client.onFlow(flow.id, (state) => seen.push(state));
  const code = await mailedCode(app, "ada@example.test");
  await assert.rejects(client.verifyEmailCode(flow.id, "000000"), (error) => {
    return error instanceof SallyportError && error.code === "CODE_REJECTED";
  });
  await eventually("one attempt is used", () => seen.at(-1)?.attemptsLeft === 4);
  const { user } = await client.verifyEmailCode(flow.id, code);
  assert.equal(user?.email, "ada@example.test");
  await eventually("the flow has ended", () => seen.at(-1)?.status === "SUCCEEDED");
  assert.ok(client.signedIn);
  client.close();
});

onPglite(
  "a temporary refusal is retried, and a permanent one is passed to onError",
  async (database) => {
    await using app = await startApp({ database });
    let refusals = ["UNAVAILABLE", "OVERLOADED", "RATE_LIMITED"];
    const fetch = async (request: Request) => {
      const code = request.headers.get("accept") === "text/event-stream" ? refusals.shift() : undefined;
      return code
        ? Response.json({ errors: [{ message: "no", extensions: { code } }] })
        : await app.fetch(request);
    };
    const { client, user } = await signedInClient(app, { fetch });
    const ids: (string | undefined)[] = [];
    const errors: unknown[] = [];
    const stop = client.onAuthState((state) => ids.push(state.user?.id), (error) => errors.push(error));
    await eventually("the present state", () => ids.length === 1);
    assert.deepEqual([ids, refusals, errors], [[user.id], [], []]);
    stop();

    refusals = ["FORBIDDEN"];
    client.onAuthState((state) => ids.push(state.user?.id), (error) => errors.push(error));
    await eventually("the refusal is reported", () => errors.length === 1);
    assert.ok(errors[0] instanceof RequestRefused && errors[0].code === "FORBIDDEN");
    client.onFlow("flw_unknown", () => assert.fail("there is no such flow"), (error) => errors.push(error));
    await eventually("the second refusal is reported", () => errors.length === 2);
    assert.equal(ids.length, 1);
    client.close();
  },
);

/** A fake timer: records every wait, and lets the test end it. */
function fakeTimer() {
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

/** A response body that the test writes to. `left` resolves when the client closes it. */
function fakeStream() {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const left = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: () => left.resolve(),
  });
  const send = (text: string) => controller.enqueue(new TextEncoder().encode(text));
  return { body, left: left.promise, send, close: () => controller.close() };
}

const next = (count: number) => `event: next\ndata: ${JSON.stringify({ data: { count } })}\n\n`;

const COUNT = "subscription { count }" as Document<{ count: number }, Record<string, never>>;

Deno.test("a stream that is silent for 30 seconds is closed and opened again", async () => {
  const streams: ReturnType<typeof fakeStream>[] = [];
  await using server = serve({
    fetch: async (request) => {
      await request.text();
      const stream = fakeStream();
      streams.push(stream);
      return new Response(stream.body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  const { sleep, waits } = fakeTimer();
  const transport = createTransport({ url: server.url, sleep });
  const received: number[] = [];
  const lost: Error[] = [];
  // The server's shutdown waits for open streams.
  const leaving = new AbortController();
  using _leave = { [Symbol.dispose]: () => leaving.abort() };
  const ended = keepSubscribed({
    open: () => transport.follow({ query: COUNT, variables: {} }, { signal: leaving.signal }),
    onValue: ({ count }) => void received.push(count),
    onLost: (error) => void lost.push(error as Error),
  }, leaving.signal);
  const [first] = await eventually("the stream is open", () => streams.length === 1 && streams);
  first?.send(next(1));
  await eventually("the value arrives", () => received.length === 1 && waits.length === 2);
  // A comment keeps the connection alive: the silence is measured again from the start.
  first?.send(":\n\n");
  await eventually("the comment restarts the timer", () => waits.length === 3);
  assert.deepEqual(waits.map(({ ms, over }) => [ms, over]), [[30_000, true], [30_000, true], [
    30_000,
    false,
  ]]);
  assert.equal(lost.length, 0);

  waits.at(-1)?.pass();
  await first?.left;
  const [, second] = await eventually("the stream is opened again", () => streams.length === 2 && streams);
  assert.ok(lost[0] instanceof CannotReachServer);
  second?.send(next(2));
  second?.send("event: complete\n\n");
  await ended;
  assert.deepEqual([received, lost.length, streams.length], [[1, 2], 1, 2]);
  second?.close();
});
