import type { Command } from "commander";
import assert from "node:assert/strict";
import { announceServer, dataDir, holdDataDir } from "../../src/cli/data_dir.ts";
import { createProgram } from "../../src/cli/program.ts";
import { main } from "../../src/main.ts";
import { eventually } from "../support/eventually.ts";
import { HOSTILE, type HostileServer, type Manner, startHostileServer } from "../support/hostile_server.ts";
import { start, workspace } from "../support/processes.ts";

/** What steers a terminal or changes how a text reads; lines end with LF. */
const STEERING = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

const USER = { username: "ada", passwordHash: "x" };

/** Each command that prints what a server says. */
function commands(files: { users: string; tokens: string }): string[][] {
  return [
    ["operator", "list"],
    ["operator", "create", "ada"],
    ["operator", "revoke", "opr_1"],
    ["modal", "login", "--no-browser"],
    ["modal", "login", "--no-browser", "--write-profile"],
    ["modal", "wait", "flw_1"],
    ["modal", "token", "info"],
    ["modal", "token", "info", "crd_1"],
    ["users", "import", files.users],
    ["mail", "list"],
    ["mail", "show"],
    ["google", "import", files.tokens],
    ["google", "id-token", "ada@example.test"],
    ["why", "ada"],
    ["why", "ada", "--json"],
    ["doctor"],
  ];
}

/** Commands that print nothing of a server's, and `google login`, which has a test of its own. */
const OTHERS = ["serve", "migrate", "google login"];

/** The names of the commands of a program, without groups. */
function namesOf({ commands }: Pick<Command, "commands">): string[] {
  return commands.flatMap((each) =>
    each.commands.length === 0 ? each.name() : namesOf(each).map((name) => `${each.name()} ${name}`)
  );
}

Deno.test("every command that prints what a server says is tried", () => {
  const tried = commands({ users: "-", tokens: "-" }).map((args) => args.join(" "));
  const missing = namesOf(createProgram()).filter((name) =>
    !OTHERS.includes(name) && !tried.some((each) => each === name || each.startsWith(`${name} `))
  );
  assert.deepEqual(missing, []);
});

/** A folder that a hostile server says it runs on. */
async function startPlace() {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await workspace());
  const server = stack.use(startHostileServer());
  const dir = dataDir(place.dir);
  stack.use(await holdDataDir(dir));
  await Deno.mkdir(dir.database, { recursive: true });
  const { url } = server;
  stack.use(await announceServer(dir, { pid: Deno.pid, url, inbox: url, google: url }));
  const files = { users: `${place.dir}/users.jsonl`, tokens: `${place.dir}/tokens.json` };
  await Deno.writeTextFile(files.users, `${JSON.stringify(USER)}\n`);
  await Deno.writeTextFile(files.tokens, JSON.stringify({ refresh_token: "1//x" }));
  const env = {
    ...place.env,
    DATA_DIR: place.dir,
    MODAL_CONFIG_PATH: `${place.home}/modal.toml`,
    SALLYPORT_URL: url,
    SALLYPORT_TOKEN: "spo_x",
  };
  const running = stack.move();
  return { ...place, env, server, files, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Runs a command in this process, and returns all that it printed. */
async function printed(args: string[], env: Record<string, string>): Promise<string> {
  const { log, error } = console;
  const before = Object.keys(env).map((name) => [name, Deno.env.get(name)] as const);
  let text = "";
  console.log = console.error = (line: string) => void (text += `${line}\n`);
  try {
    for (const [name, value] of Object.entries(env)) Deno.env.set(name, value);
    await main(args);
    return text;
  } finally {
    Object.assign(console, { log, error });
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    Deno.exitCode = 0;
  }
}

function assertHarmless(text: string, what: string): void {
  assert.doesNotMatch(text, STEERING, `${what}: ${JSON.stringify(text)}`);
  assert.doesNotMatch(text, /^forged/m, `${what} has a false line: ${JSON.stringify(text)}`);
}

/** Those that say nothing of a server's in that manner: only our own sentence. */
const OWN_WORDS: Partial<Record<Manner, RegExp>> = {
  refuses: /^mail/,
  fails: /^mail/,
  breaks: /^(?!google id-token|doctor)/,
};

async function tryEach(server: HostileServer, place: Awaited<ReturnType<typeof startPlace>>, what: string) {
  for (const args of commands(place.files)) {
    const text = await printed(args, place.env);
    assertHarmless(text, `${what}, ${args.join(" ")}`);
    const saysTheirs = text.includes("forged");
    assert.equal(saysTheirs, !OWN_WORDS[server.manner]?.test(args.join(" ")), `${what}, ${args}: ${text}`);
  }
}

Deno.test("no answer of a server can control the terminal of a command", async (test) => {
  await using place = await startPlace();
  const { server } = place;
  for (const manner of ["answers", "refuses", "fails", "breaks"] as const) {
    await test.step(`it ${manner}`, async () => {
      server.manner = manner;
      await tryEach(server, place, manner);
    });
  }
  await test.step("a flow ends otherwise", async () => {
    server.manner = "answers";
    for (const ending of ["TIMED_OUT", HOSTILE]) {
      server.ending = ending;
      assertHarmless(await printed(["modal", "wait", "flw_1"], place.env), ending);
    }
    server.ending = "SUCCEEDED";
  });
});

Deno.test("no server can control the terminal of a Google sign-in", async () => {
  await using place = await startPlace();
  await using login = await start(["google", "login", "--no-browser"], place.env);
  const state = `s${HOSTILE.replace(/[\t\n\r]/g, "")}`;
  await eventually("the browser comes back", async () => {
    if (!place.server.redirectUri) return false;
    const answer = await fetch(`${place.server.redirectUri}?${new URLSearchParams({ code: "c", state })}`)
      .catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.status === 200;
  }, 90);
  const { code, out, err } = await login.finished;
  assert.equal(code, 0, err);
  assertHarmless(out, "google login");
  assert.match(out, /^Connected ␛\]52.*forged$/m);
});

Deno.test("a token is printed whole, alone on its line", async () => {
  await using place = await startPlace();
  place.server.idToken = `${"Az09-_".repeat(2_000)}.x.y`;
  assert.equal(
    await printed(["google", "id-token", "ada@example.test"], place.env),
    `${place.server.idToken}\n`,
  );
});
