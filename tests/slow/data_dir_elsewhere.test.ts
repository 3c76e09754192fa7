import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { type Env, type Running, startDeno, workspace } from "../support/processes.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** Runs `deno task LINE`. Disposal ends it with a signal, which the task forwards. */
async function startTask(line: string, env: Env): Promise<Running> {
  const task = await startDeno(["task", ...line.split(" ")], env);
  const end = async () => {
    task.kill("SIGTERM");
    await task.finished;
  };
  return { ...task, [Symbol.asyncDispose]: end };
}

/** The output of a task that must succeed. */
async function outputOf(line: string, env: Env): Promise<string> {
  await using task = await startDeno(["task", ...line.split(" ")], env);
  const { code, out, err } = await task.finished;
  assert.equal(code, 0, `${line}: ${err}`);
  return out;
}

Deno.test("the tasks use the folder in DATA_DIR, even outside of the project", async () => {
  await using place = await workspace();
  const folder = `${place.home}/a folder/data`;
  const env = { HOME: place.home, DATA_DIR: folder, PORT: "0" };
  {
    await using _server = await startTask("dev", env);
    await eventually("it serves", async () => {
      return await exists(`${folder}/server.json`) && await exists(`${folder}/operator-token`);
    }, 90);
    assert.match(await outputOf("sallyport operator list", env), /REVEAL/);
    assert.match(await outputOf("tui --screen events --once", env), /operator\.created/);
    assert.equal(await outputOf("sallyport mail list", env), "No mail yet\n");
  }
  assert.match(await outputOf("migrate status", env), /^applied /);
});

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("without its task a process may use only .data, and says so in one sentence", async () => {
  await using place = await workspace();
  const env = { HOME: place.home, DATA_DIR: place.home, PORT: "0" };
  for (
    const args of [
      ["-P=server", "src/main.ts", "serve"],
      ["-P=server", "src/main.ts", "migrate"],
      ["-P=server", "src/main.ts", "operator", "list"],
      ["-P=server", "src/main.ts", "mail", "list"],
      ["-P=server", "src/main.ts", "doctor"],
      ["-P=terminal", "tui/main.ts"],
    ]
  ) {
    await using process = await startDeno(["run", "-q", "--no-prompt", ...args], env);
    const { code, err } = await process.finished;
    assert.equal(code, 1, `${args}: ${err}`);
    assert.match(err, new RegExp(`^Cannot use ${place.home}: .*\`deno task\``, "m"));
    assert.doesNotMatch(err, /^\s+at /m, "no stack");
    if (args[1] === "tui/main.ts") assert.ok(err.includes(`: DATA_DIR=${place.home} deno task tui\n`), err);
  }
});
