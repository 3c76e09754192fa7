import { cp } from "node:fs/promises";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { packClient } from "../../src/client/pack/pack.ts";
import { eventually } from "./eventually.ts";
import { temporaryFolder } from "./server_process.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));

const decoder = new TextDecoder();

/** An example with its packages from npm, and the packed client. */
export type Example = AsyncDisposable & {
  /** Runs a command, which must succeed, and returns its output. */
  run(command: string, args: string[], env?: Record<string, string>): Promise<string>;
  /** Starts a program of Node and waits until it answers at `url`. Disposal ends it. */
  start(args: string[], url: string, env?: Record<string, string>): Promise<AsyncDisposable>;
};

export async function installExample(name: string): Promise<Example> {
  await using made = new AsyncDisposableStack();
  const { path } = made.use(await temporaryFolder());
  const cwd = `${path}/examples/${name}`;
  await cp(`${EXAMPLES}${name}`, cwd, { recursive: true, filter: (from) => !from.includes("node_modules") });
  await packClient(`${path}/dist/client`);
  const run: Example["run"] = async (command, args, env = {}) => {
    const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd, env }).output();
    const output = decoder.decode(stdout);
    assert.ok(success, `${name}: ${command} ${args[0]}: ${output}${decoder.decode(stderr)}`);
    return output;
  };
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"]);
  const kept = made.move();
  return {
    run,
    start: async (args, url, env = {}) => {
      const child = new Deno.Command("node", { args, cwd, env, stdout: "null", stderr: "inherit" }).spawn();
      await using starting = new AsyncDisposableStack();
      starting.defer(async () => {
        child.kill();
        await child.status;
      });
      await eventually(
        `${name} answers`,
        () => fetch(url).then((response) => response.body?.cancel().then(() => true), () => false),
      );
      return starting.move();
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
