import assert from "node:assert/strict";
import { eventsOnce } from "../../tui/once.ts";
import { serverLock, tryLock } from "../../src/client/operator/running_server.ts";
import { logEvent } from "../../src/events/events.ts";
import { startApp } from "../support/app.ts";
import { onEachDatabase, onPostgres } from "../support/databases.ts";
import { newPerson } from "../support/people.ts";
import { serve } from "../support/serve.ts";

const TERMINAL = ["run", "-q", "--node-modules-dir=manual", "-P=terminal", "--no-prompt", "tui/main.ts"];

/** Runs the terminal's command without a terminal. */
async function run(args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...TERMINAL, ...args],
    cwd: new URL("../..", import.meta.url).pathname,
    env: { DATA_DIR: ".data/nothing-is-here", SALLYPORT_URL: "", SALLYPORT_TOKEN: "", NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test("wrong or missing options each give one clear message, with the permissions of the task", async () => {
  const cases: [args: string[], code: number, message: RegExp][] = [
    [
      [],
      1,
      /^No server runs in \.data\/nothing-is-here\. Start one with `deno task dev`.* DATA_DIR=\S+ deno task tui$/m,
    ],
    [["--url", "http://127.0.0.1:9"], 1, /^No operator token\. Create one with/],
    [["--url", "nowhere", "--token", "x"], 2, /^Invalid server URL: nowhere\./],
    [
      ["--url", "http://127.0.0.1:9", "--token", "x"],
      1,
      /^Input or output is not a terminal\. In a script, use/,
    ],
    [["--screen", "moon"], 2, /^Unknown screen: moon/],
    [["--once"], 2, /^--once needs --screen events/],
    [["--screen", "users", "--once", "--json"], 2, /^--once needs --screen events/],
    [["--frobnicate"], 2, /frobnicate/],
    [
      ["--url", "http://127.0.0.1:9", "--token", "x", "--screen", "events", "--once"],
      1,
      /^Cannot reach the server at http:\/\/127\.0\.0\.1:9\. Start it with/,
    ],
  ];
  for (const [args, code, message] of cases) {
    const ended = await run(args);
    assert.equal(ended.code, code, ended.err);
    assert.match(ended.err, message);
  }
  assert.match((await run(["--help"])).out, /--read-only/);
});

Deno.test("the token of this folder is sent only to the server of this folder", async () => {
  // The terminal may write only below it.
  await Deno.mkdir(".data", { recursive: true, mode: 0o700 });
  const folder = await Deno.makeTempDir({ dir: ".data" });
  using _lock = await tryLock(serverLock(folder));
  const own = { pid: Deno.pid, url: "http://127.0.0.1:9" };
  await Deno.writeTextFile(`${folder}/server.json`, JSON.stringify(own));
  await Deno.writeTextFile(`${folder}/operator-token`, "spo_of-this-folder\n");
  const elsewhere = "https://elsewhere.test";
  const once = ["--once", "--screen", "events"];
  const named = await run([...once, "--url", elsewhere], { DATA_DIR: folder });
  assert.match(named.err, /^No operator token/);
  const byVariable = await run(once, { DATA_DIR: folder, SALLYPORT_URL: elsewhere });
  assert.match(byVariable.err, /^No operator token/);
  const same = await run(once, { DATA_DIR: folder, SALLYPORT_URL: own.url });
  assert.match(same.err, /^Cannot reach the server at http:\/\/127\.0\.0\.1:9/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a malformed token is rejected and not printed", async () => {
  for (const token of ["spo_first\nspo_second", "spo_se\u0441ret", "spo_ with blanks"]) {
    const env = { SALLYPORT_URL: "http://127.0.0.1:9", SALLYPORT_TOKEN: token };
    const { code, err } = await run(["--screen", "events", "--once"], env);
    assert.equal(code, 1);
    assert.match(err, /^http:\/\/127\.0\.0\.1:9 rejects the token: it is wrong/);
    assert.doesNotMatch(err, /spo_/);
  }
});

Deno.test("a hostile server cannot send control sequences to the terminal", async () => {
  const hostile = "\x1b]52;c;cHduZWQ=\x07\x9b2J\u202egnp.exe";
  await using server = serve({
    fetch: () => Promise.resolve(Response.json({ errors: [{ message: hostile }] })),
  });
  const { code, out, err } = await run(["--url", server.url, "--token", "x", "--screen", "events", "--once"]);
  assert.deepEqual([code, out], [1, ""]);
  assert.match(err, /answered with an error: ␛\]52;c;cHduZWQ=␇␦2Jgnp\.exe\n$/);
});

onEachDatabase(
  "eventsOnce returns one event a line, as text without control characters or as JSON",
  async (database) => {
    await using app = await startApp({ database });
    const client = await app.operator("READ");
    const actor = "operator:\x1b[2J\x9b2J\u202e\u{e0001}";
    await logEvent(app.services, "user.enabled", { actor }, {}, {});
    await app.services.eventLog.settled();
    const text = await eventsOnce(client, false);
    assert.match(text, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC +user\.enabled +operator:␛\[2J␦2J/m);
    const json = await eventsOnce(client, true);
    assert.doesNotMatch(json.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    const lines = json.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ type }) => type), ["operator.created", "user.enabled"]);
    assert.equal(lines[1].actor, actor);
  },
);

onPostgres(
  "--once prints the events of a running server as text or as JSON, and exits",
  async (database) => {
    await using app = await startApp({ database });
    const { id } = await newPerson(app, "ada");
    const token = await app.operatorToken("READ");
    await app.services.eventLog.settled();
    await using server = serve(app);
    const env = { SALLYPORT_URL: server.url, SALLYPORT_TOKEN: token };
    const text = await run(["--screen", "events", "--once"], env);
    assert.deepEqual([text.code, text.err], [0, ""]);
    assert.match(text.out, new RegExp(`^20\\d\\d-\\S+ \\S+ UTC +user\\.registered +user:${id} +${id}$`, "m"));
    const json = await run(["--screen", "events", "--once", "--json"], env);
    assert.deepEqual([json.code, json.err], [0, ""]);
    const events = json.out.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.equal(events.length, text.out.trimEnd().split("\n").length);
    assert.equal(events.find(({ type }) => type === "user.registered")?.userId, id);
    assert.ok(![text.out, json.out].join("").includes(token));
  },
);
