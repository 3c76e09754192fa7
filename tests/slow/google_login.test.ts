import assert from "node:assert/strict";
import {
  awaitReturn,
  type GoogleReturn,
  listenForReturn,
  parsePastedReturn,
} from "../../src/client/operator/google_return.ts";
import { onEachDatabase } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { decideAtGoogle, startGoogleApp } from "../support/google.ts";
import { complete, readFlow, returnOf, start as startAuthorization } from "../support/google_flows.ts";
import { run, type Running, start, startServer, workspace } from "../support/processes.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** The time limit in seconds for the next output of a process on a busy machine. */
const PATIENCE = 90;

const LOGIN = ["google", "login", "--no-browser"];
const ADA = { email: "ada@example.com" };
const DRIVE = "https://www.googleapis.com/auth/drive.readonly";

async function startPlace() {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await workspace());
  const server = stack.use(await startServer("dev", place));
  const token = await server.token();
  const running = stack.move();
  return { ...place, server, token, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Waits until the command shows the URL of Google's page, and returns it. */
function pageOf(command: Running): Promise<string> {
  return eventually("Google's page", () => /^ {2}(http\S+)$/m.exec(command.out())?.[1], PATIENCE);
}

async function ask(place: { server: { url: string }; token: string }, query: string) {
  const response = await fetch(`${place.server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${place.token}` },
    body: JSON.stringify({ query }),
  });
  return (await response.json()).data;
}

Deno.test("R29: google login accepts one return on this machine and stores the tokens", async () => {
  await using place = await startPlace();
  await using login = await start([...LOGIN, "--scope", DRIVE], place.env);
  const page = await pageOf(login);
  const { searchParams } = new URL(page);
  const redirect = new URL(searchParams.get("redirect_uri") ?? "");
  assert.match(redirect.href, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  assert.equal(searchParams.get("scope"), `openid email ${DRIVE}`);
  // Returns of other sign-ins and guesses are rejected, and the command continues to listen.
  for (const query of ["", "?code=stolen&state=spg_other", "?code=stolen"]) {
    const answer = await fetch(`${redirect}${query}`);
    assert.equal(answer.status, 400, await answer.text());
  }
  const back = await decideAtGoogle(page, ADA);
  assert.equal(back.origin, redirect.origin);
  const seen = await fetch(back);
  assert.deepEqual([seen.status, await seen.text()], [
    200,
    "Thank you. Go back to the terminal: it shows the result.\n",
  ]);
  const { code, out, err } = await login.finished;
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^Connected ada@example\.com$/m);
  assert.match(out, /^The tokens are stored as crd_\w+ \((HEALTHY|EXPIRING)\)$/m);
  assert.ok(!out.includes(back.searchParams.get("code") ?? "-"), "the code is not printed");
  await assert.rejects(fetch(redirect), "the listener is closed");
  const { flows, googleAuthStatus } = await ask(
    place,
    `{ flows(last: 1) { nodes { status user { id } ... on GoogleAuthorizationFlow { mode credential { scopes } } } }
      googleAuthStatus { authenticated tokenValid } }`,
  );
  assert.deepEqual(
    flows.nodes.map(({ status, user, mode }: Record<string, unknown>) => ({ status, user, mode })),
    [
      { status: "SUCCEEDED", user: null, mode: "CLI" },
    ],
  );
  assert.deepEqual(googleAuthStatus, { authenticated: true, tokenValid: true });
});

Deno.test("google login accepts a pasted return URL or code", async () => {
  await using place = await startPlace();
  for (const how of ["url", "code"] as const) {
    await using login = await start(LOGIN, place.env, "sallyport", "piped");
    const back = await decideAtGoogle(await pageOf(login), ADA);
    await login.type("what?\n");
    await login.type("http://127.0.0.1:1/?state=spg_other&code=4/0abcdefghijk\n");
    await eventually(
      "both are refused",
      () => login.out().match(/That URL does not belong to this sign-in/g)?.length === 2,
      PATIENCE,
    );
    await login.type(`${how === "url" ? back.href : back.searchParams.get("code")}\n`);
    const { code, out, err } = await login.finished;
    assert.deepEqual([code, err], [0, ""], how);
    assert.match(out, /^Connected ada@example\.com$/m);
  }
  const { credentials } = await ask(place, "{ credentials { nodes { label } } }");
  assert.deepEqual(credentials.nodes, [{ label: "ada@example.com" }], "one account, one credential");
});

Deno.test("google login prints why it failed, and Ctrl+C cancels its flow", async () => {
  await using place = await startPlace();
  await using denied = await start(LOGIN, place.env);
  const back = await decideAtGoogle(await pageOf(denied), { deny: true });
  await (await fetch(back)).text();
  const refusal = await denied.finished;
  assert.equal(refusal.code, 1);
  assert.match(
    refusal.err,
    /^Cannot finish the Google authorization: it was denied at Google\. Connect Google again/,
  );

  await using cancelled = await start(LOGIN, place.env);
  await pageOf(cancelled);
  await eventually("it waits", () => cancelled.out().includes("Waiting for Google"), PATIENCE);
  cancelled.kill("SIGINT");
  assert.equal((await cancelled.finished).code, 130);
  const { flows } = await ask(place, "{ flows { nodes { status } } }");
  assert.deepEqual(flows.nodes, [{ status: "FAILED" }, { status: "CANCELLED" }]);

  const usage = await run(["google", "login", "ada"], place.env);
  assert.equal(usage.code, 2);
});

Deno.test("R29: the listener is only on 127.0.0.1, and accepts one return", async () => {
  const listener = listenForReturn();
  const { port } = new URL(listener.redirectUri);
  const get = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
    await answer.body?.cancel();
    return answer.status;
  };
  assert.equal(await get("/?code=c&state=s"), 400, "no return is expected yet");
  const returned = listener.returned("s");
  assert.equal(await get("/other?code=c&state=s"), 404);
  assert.equal(await get("/?code=c&state=s", { method: "POST" }), 405);
  assert.equal(await get("/?state=s"), 400);
  assert.equal(await get("/?code=c&state=s"), 200);
  assert.equal(await get("/?code=d&state=s"), 400, "only one return");
  assert.deepEqual(await returned, { code: "c" });
  const elsewhere = Deno.networkInterfaces().find(({ family, address }) =>
    family === "IPv4" && !address.startsWith("127.")
  );
  if (elsewhere) await assert.rejects(Deno.connect({ hostname: elsewhere.address, port: Number(port) }));
  await listener[Symbol.asyncDispose]();
});

onEachDatabase(
  "R29: a flow without a return within five minutes is cancelled",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const token = await app.operatorToken();
    const client = app.client(token);
    const begin = () =>
      startAuthorization(app, { token }, { mode: "CLI", redirectUri: "http://127.0.0.1:9/" });
    const statusOf = async (id: string) => (await readFlow(app, id, { token })).status;
    const never = new Promise<never>(() => {});
    const waits: { ms: number; signal: AbortSignal | undefined; end: () => void }[] = [];
    const wait = (ms: number, signal?: AbortSignal) => {
      const { promise, resolve: end } = Promise.withResolvers<void>();
      waits.push({ ms, signal, end });
      return promise;
    };

    const inTime = await begin();
    const brought: GoogleReturn = { code: "c" };
    assert.equal(await awaitReturn(client, inTime.flow.id, [never, Promise.resolve(brought)], wait), brought);
    assert.deepEqual(waits.map(({ ms, signal }) => [ms, signal?.aborted]), [[5 * 60_000, true]]);
    assert.equal(await statusOf(inTime.flow.id), "WAITING");

    const late = await begin();
    const back = awaitReturn(client, late.flow.id, [never], wait);
    waits.at(-1)?.end();
    assert.equal(await back, undefined);
    assert.equal(await statusOf(late.flow.id), "CANCELLED");
    const { state = "", code = "" } = Object.fromEntries((await returnOf(late)).searchParams);
    const refused = await complete(app, { token }, { state, code });
    assert.equal(refused.__typename, "FlowEndedError");
  },
);

Deno.test("only a pasted return of this sign-in is accepted", () => {
  const url = "http://127.0.0.1:9/?state=s&code=4/0abc&scope=openid";
  assert.deepEqual(parsePastedReturn(` ${url}\r`, "s"), { code: "4/0abc" });
  assert.deepEqual(parsePastedReturn("http://127.0.0.1:9/?state=s&error=access_denied", "s"), {
    error: "access_denied",
  });
  // Browsers omit the default scheme from the address they show.
  for (const part of ["127.0.0.1:9/?state=s&code=4%2F0abc#", "?state=s&code=4/0abc"]) {
    assert.deepEqual(parsePastedReturn(part, "s"), { code: "4/0abc" }, part);
  }
  for (const code of ["4/0abcdefghijk", "4%2F0abcdefghijk", "4%2f0abcdefghijk"]) {
    assert.deepEqual(parsePastedReturn(code, "s"), { code: "4/0abcdefghijk" }, code);
  }
  for (
    const text of [
      "",
      "no",
      url.replace("state=s", "state=t"),
      "http://",
      "a b c d e f g h i",
      "https://x/?state=s",
      "127.0.0.1:9/?state=t&code=4/0abcdefghijk",
      "127.0.0.1:4567/",
      "state=s&code=4/0abcdefghijk",
      "code=4/0abcdefghijk",
      "4/0abc defghijk",
      "http://127.0.0.1:9/#state=s&code=4/0abcdefghijk",
    ]
  ) {
    assert.equal(parsePastedReturn(text, "s"), undefined, text);
  }
});
