/**
 * Runs the tests: makes one Postgres cluster and one migrated embedded database for all files, then
 * `deno test` over them. What stands after `--` goes to `deno test`, e.g. a file or `--filter`.
 */
import { makeTemplates } from "./templates.ts";

await using templates = await makeTemplates();
const args = Deno.args[0] === "--" ? Deno.args.slice(1) : Deno.args;
const hasFile = args.some((arg) => arg.startsWith("tests/"));
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", "--parallel", ...args, ...(hasFile ? [] : ["tests/"])],
  env: { ...templates.env, DENO_JOBS: Deno.env.get("DENO_JOBS") ?? `${navigator.hardwareConcurrency + 1}` },
}).spawn().status;
Deno.exitCode = code;
