import assert from "node:assert/strict";
import { type ModalEmulator, startModalEmulator } from "../../src/emulators/modal/modal_emulator.ts";
import { eventually } from "../support/eventually.ts";
import { run, type Running, start, startServer, workspace } from "../support/processes.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** The time limit in seconds for the next output of a process on a busy machine. */
const PATIENCE = 90;

/** A dev server with an emulated Modal in this process, so that the test can control and inspect it. */
async function startPlace(env: Record<string, string> = {}) {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await workspace());
  const modal = startModalEmulator();
  stack.defer(() => modal.close());
  const server = stack.use(await startServer("dev", place, { MODAL_SERVER_URL: modal.url, ...env }));
  await server.token();
  const running = stack.move();
  return { ...place, modal, server, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Approves or denies on the page that the command shows. */
async function onThePage(command: Running, deed: "approve" | "deny"): Promise<string> {
  const page = await eventually(
    "the page's URL",
    () => /^ {2}(http\S+)$/m.exec(command.out())?.[1],
    PATIENCE,
  );
  const answer = await fetch(`${page}/${deed}`, { method: "POST" });
  await answer.body?.cancel();
  assert.equal(answer.status, 200);
  return page;
}

/** The emulator's last request to create a flow. */
function asked(modal: ModalEmulator): { localhostPort: number; utmSource: string; expiresInSeconds: number } {
  return modal.calls.findLast(({ method }) => method === "TokenFlowCreate")?.request as ReturnType<
    typeof asked
  >;
}

/** Asserts that the page and its script are served with the permissions of a server. */
async function servesPage(url: string): Promise<void> {
  const html = await (await fetch(url)).text();
  const [, script = ""] = /src="([^"]+)"/.exec(html) ?? [];
  assert.match(await (await fetch(new URL(script, url))).text(), /showModal/);
}

const LOGIN = ["modal", "login", "--no-browser"];

Deno.test("modal login shows the page, waits, and prints the workspace", async () => {
  await using place = await startPlace();
  // The server prints the banner once it serves.
  await eventually("the banner", () => /^ {2}Mail: {3}EMULATED, inbox at http:/m.test(place.server.out()));
  assert.doesNotMatch(place.server.out(), /Modal: +EMULATED/, "a configured Modal is never emulated");
  await servesPage(/^ {2}Sign in +(http:\S+\/)$/m.exec(place.server.out())?.[1] ?? "");
  const none = await run(["modal", "token", "info"], place.env);
  assert.deepEqual([none.code, none.err], [
    1,
    "No Modal token is stored yet: create one with `modal login`\n",
  ]);

  await using login = await start([...LOGIN, "--source", "docs", "--expires-in", "604800"], place.env);
  const flowId = await eventually("a flow", () => [...place.modal.flows.keys()][0], PATIENCE);
  const { localhostPort, ...rest } = asked(place.modal);
  assert.deepEqual(rest, { nextUrl: "", utmSource: "docs", expiresInSeconds: 604_800 });
  // Modal's page finds the command on this computer by requesting the flow's id.
  await eventually("the listener knows the flow", async () => {
    const answer = await fetch(`http://127.0.0.1:${localhostPort}/`);
    return await answer.text() === flowId;
  });
  const page = await onThePage(login, "approve");
  assert.ok(page.endsWith(flowId));
  const { code, out, err } = await login.finished;
  assert.deepEqual([code, err], [0, ""]);
  const [token] = place.modal.tokens.values();
  assert.match(out, /^Waiting for approval: poll 1 of 10, 40 s each$/m);
  assert.match(out, /^Signed in to the workspace emulated-workspace$/m);
  assert.match(
    out,
    new RegExp(`^The token ${token?.tokenId} is stored as crd_\\w+ \\(HEALTHY\\)$`, "m"),
  );
  assert.ok(!out.includes(token?.tokenSecret ?? ""));
  assert.ok(!out.includes("\x1b"), "no terminal, no escape sequences");
  await assert.rejects(fetch(`http://127.0.0.1:${localhostPort}/`), "the listener is closed");

  const info = await run(["modal", "token", "info"], place.env);
  assert.equal(info.code, 0, info.err);
  assert.match(info.out, /^workspace +emulated-workspace/m);
  assert.match(info.out, new RegExp(`^token +${token?.tokenId}$`, "m"));
  assert.match(info.out, /^expires +\d{4}-/m);
  place.modal.revokeToken(token?.tokenId ?? "");
  await using again = await start(LOGIN, place.env);
  await onThePage(again, "approve");
  assert.equal((await again.finished).code, 0);
  const both = await run(["modal", "token", "info"], place.env);
  assert.equal(both.code, 1);
  assert.match(both.err, /^crd_\w+: Cannot [^\n]*\n$/);
  assert.match(both.out, /^health +HEALTHY$/m, "the other one is shown anyway");
  const refused = await run(["modal", "token", "info", /crd_\w+/.exec(out)?.[0] ?? ""], place.env);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^Cannot .*: .*\. .+\n$/);
});

Deno.test("R38: modal login --write-profile writes Modal's own file, private to its owner", async () => {
  await using place = await startPlace();
  place.modal.switches.code = "shown";
  const path = `${place.home}/.modal.toml`;
  await Deno.writeTextFile(path, "# mine\n[other]\ntoken_id = 'ak-0'\nactive = true\n", { mode: 0o644 });
  const env = { ...place.env, MODAL_TOKEN_ID: "ak-environment" };
  await using login = await start([...LOGIN, "--write-profile"], env);
  await onThePage(login, "approve");
  const { code, out, err } = await login.finished;
  assert.equal(code, 0, err);
  const [flow] = place.modal.flows.values();
  assert.match(out, new RegExp(`The code is\n\n {2}${flow?.code}\n`));
  assert.match(out, /^Wrote the profile emulated-workspace to .*\/\.modal\.toml$/m);
  assert.match(out, /^Note: .*MODAL_TOKEN_ID/m);
  const [token] = place.modal.tokens.values();
  const text = await Deno.readTextFile(path);
  assert.match(text, /^# mine\n\[other\]\ntoken_id = 'ak-0'\n/);
  assert.equal(text.match(/^active = true$/gm)?.length, 1);
  assert.ok(
    text.includes(
      `[emulated-workspace]\ntoken_id = "${token?.tokenId}"\ntoken_secret = "${token?.tokenSecret}"\n` +
        `server_url = "${place.modal.url}"\nactive = true\n`,
    ),
    text,
  );
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  assert.deepEqual([...Deno.readDirSync(place.home)].map(({ name }) => name), [".modal.toml"]);

  const elsewhere = { ...place.env, MODAL_CONFIG_PATH: `${place.home}/other.toml` };
  const flows = place.modal.flows.size;
  const refused = await run([...LOGIN, "--write-profile"], elsewhere);
  assert.equal(refused.code, 1);
  const file = `${place.home}/other.toml`;
  assert.match(refused.err, /^This task may not write .*other\.toml\. Run$/m);
  assert.ok(
    refused.err.includes(`--allow-write=.data,${file},${file}.new src/main.ts modal login`),
    refused.err,
  );
  assert.equal(place.modal.flows.size, flows, "before the user is asked to approve");
});

Deno.test("modal login prints why it failed, and waits again if that can help", async () => {
  await using place = await startPlace({ MODAL_POLL_SECONDS: "1", MODAL_MAX_ATTEMPTS: "5" });
  await using denied = await start(LOGIN, place.env);
  await onThePage(denied, "deny");
  const refusal = await denied.finished;
  assert.equal(refusal.code, 1);
  assert.match(refusal.err, /^FAILED: .+/);

  const late = await run(LOGIN, place.env);
  assert.equal(late.code, 1);
  assert.match(late.err, /^TIMED_OUT: Stopped waiting after \d polls/);
  assert.match(late.out, /^Waiting for approval: poll \d of 5, 1 s each$/m);
  const id = /To wait again: deno task sallyport modal wait (flw_\w+)$/m.exec(late.err)?.[1] ?? "";
  await using again = await start(["modal", "wait", id], place.env);
  await eventually("it waits", () => again.out().includes("poll 1 of 5"), PATIENCE);
  place.modal.approve([...place.modal.flows.keys()].at(-1) ?? "");
  const { code, out, err } = await again.finished;
  assert.equal(code, 0, err);
  assert.match(out, /^Signed in to the workspace emulated-workspace$/m);
  const over = await run(["modal", "wait", id], place.env);
  assert.equal(over.code, 1);
  assert.match(over.err, /it has ended \(SUCCEEDED\)\. Start a new flow/);
  const unknown = await run(["modal", "wait", "flw_01jd0000000000000000000000"], place.env);
  assert.match(unknown.err, /^Cannot find this flow/);

  place.modal.switches.faults = [{ status: 3, text: "no" }];
  const failed = await run(LOGIN, place.env);
  assert.equal(failed.code, 1);
  assert.match(failed.err, /^Cannot .+\. .+\n$/);
});

Deno.test("Ctrl+C cancels the flow that modal login waits for", async () => {
  await using place = await startPlace();
  await using login = await start(LOGIN, place.env);
  await eventually("it waits", () => login.out().includes("Waiting for approval"), PATIENCE);
  login.kill("SIGINT");
  const { code, out } = await login.finished;
  assert.equal(code, 130);
  assert.match(out, /\nCancelled\n$/);
  const response = await fetch(`${place.server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${await place.server.token()}` },
    body: JSON.stringify({ query: "{ flows { nodes { status } } }" }),
  });
  assert.deepEqual((await response.json()).data.flows.nodes, [{ status: "CANCELLED" }]);
  await eventually("the poll is cancelled", () => place.modal.callsUnderWay() === 0);
});
