import assert from "node:assert/strict";
import { eventsOnce } from "../tui/once.ts";
import { readOptions } from "../tui/options.ts";
import { logEvent } from "../src/events/events.ts";
import { startApp } from "./support/app.ts";
import { onEachDatabase } from "./support/databases.ts";

const TERMINAL = ["run", "-q", "--node-modules-dir=manual", "-P=terminal", "--no-prompt", "tui/main.ts"];

/** What becomes of the terminal's command where there is no terminal. */
async function run(args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...TERMINAL, ...args],
    cwd: new URL("..", import.meta.url).pathname,
    env: { DATA_DIR: ".data/nothing-is-here", SALLYPORT_URL: "", SALLYPORT_TOKEN: "", NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test("what is missing or typed wrongly is said in a sentence, with the permissions of the task", async () => {
  const cases: [args: string[], code: number, said: RegExp][] = [
    [[], 1, /^No server runs on this folder: start one with `deno task dev`, or give --url$/m],
    [["--url", "http://127.0.0.1:9"], 1, /^There is no operator token: give --token/],
    [["--url", "nowhere", "--token", "x"], 2, /^nowhere is no URL of a server/],
    [["--url", "http://127.0.0.1:9", "--token", "x"], 1, /^There is no terminal here: for a script, use/],
    [["--screen", "moon"], 2, /^There is no screen called moon/],
    [["--once"], 2, /^--once is for --screen events/],
    [["--frobnicate"], 2, /frobnicate/],
    [
      ["--url", "http://127.0.0.1:9", "--token", "x", "--screen", "events", "--once"],
      1,
      /^Cannot reach the server at http:\/\/127\.0\.0\.1:9: start it with/,
    ],
  ];
  for (const [args, code, said] of cases) {
    const ended = await run(args);
    assert.equal(ended.code, code, ended.err);
    assert.match(ended.err, said);
  }
  assert.match((await run(["--help"])).out, /--read-only/);
});

Deno.test("a token of this folder is never sent to a server that was named", async () => {
  await assert.rejects(readOptions(["--url", "https://elsewhere.test"]), /There is no operator token/);
});

onEachDatabase("for a script the events are lines, as text that is harmless or as JSON", async (database) => {
  await using app = await startApp({ database });
  const client = await app.operator("READ");
  await logEvent(app.services, "user.enabled", { actor: "operator:\x1b[2J" }, {}, {});
  await app.services.eventLog.settled();
  const text = await eventsOnce(client, false);
  assert.match(text, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC +user\.enabled +operator:␛\[2J/m);
  const lines = (await eventsOnce(client, true)).trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ type }) => type), ["operator.created", "user.enabled"]);
  assert.equal(lines[1].actor, "operator:\x1b[2J");
});
