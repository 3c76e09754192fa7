import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { type Env, type Running, startDeno, workspace } from "../support/processes.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** `deno task LINE`, as it is typed; disposing ends it by the signal that it passes on. */
async function startTask(line: string, env: Env): Promise<Running> {
  const task = await startDeno(["task", ...line.split(" ")], env);
  const end = async () => {
    task.kill("SIGTERM");
    await task.finished;
  };
  return { ...task, [Symbol.asyncDispose]: end };
}

/** What a task prints that ends by itself, without an error. */
async function outputOf(line: string, env: Env): Promise<string> {
  await using task = await startDeno(["task", ...line.split(" ")], env);
  const { code, out, err } = await task.finished;
  assert.equal(code, 0, `${line}: ${err}`);
  return out;
}

Deno.test("the tasks work on the folder that DATA_DIR names, wherever it is", async () => {
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

Deno.test("without its task a process may use .data alone, and says so in a sentence", async () => {
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
  }
});
