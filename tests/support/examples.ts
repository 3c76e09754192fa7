import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { packClient } from "../../src/client/pack/pack.ts";
import { eventually } from "./eventually.ts";
import { temporaryFolder } from "./server_process.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));

const decoder = new TextDecoder();

/** Copies `examples/` and the packed client. Installs no packages. */
export async function copyExamples(): Promise<AsyncDisposable & { path: string }> {
  await using made = new AsyncDisposableStack();
  const { path } = made.use(await temporaryFolder());
  const isOurs = (file: string) => !/\/(node_modules|dist|\.next)$/.test(file);
  await cp(EXAMPLES, `${path}/examples`, { recursive: true, filter: isOurs });
  await packClient(`${path}/dist/client`);
  const kept = made.move();
  return { path, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** An example with its packages from npm. */
export type Example = {
  /** Runs a command, which must succeed, and returns its output. */
  run(command: string, args: string[], env?: Record<string, string>): Promise<string>;
  /** Starts a Node program, and waits until it answers at `url`. Its disposal ends the program. */
  start(args: string[], url: string, env?: Record<string, string>): Promise<AsyncDisposable>;
};

export async function installExample(copy: string, name: string): Promise<Example> {
  const cwd = `${copy}/examples/${name}`;
  const run: Example["run"] = async (command, args, env = {}) => {
    const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd, env }).output();
    const output = decoder.decode(stdout);
    assert.ok(success, `${name}: ${command} ${args[0]}: ${output}${decoder.decode(stderr)}`);
    return output;
  };
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"]);
  return {
    run,
    start: (args, url, env) => startProgram("node", args, url, { cwd, env }),
  };
}

/** Starts a program, and waits until it answers at `url`. Its disposal ends the program. */
export async function startProgram(
  command: string,
  args: string[],
  url: string,
  { cwd = EXAMPLES, env = {} }: { cwd?: string; env?: Record<string, string> | undefined },
): Promise<AsyncDisposable> {
  const child = new Deno.Command(command, { args, cwd, env, stdout: "null", stderr: "inherit" }).spawn();
  await using starting = new AsyncDisposableStack();
  starting.defer(async () => {
    child.kill();
    await child.status;
  });
  await eventually(`${args[0]} answers`, () => answers(url));
  return starting.move();
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).body?.cancel();
    return true;
  } catch {
    return false;
  }
}
