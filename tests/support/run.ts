/**
 * Runs tests: makes one Postgres cluster and one migrated embedded database for all of them, then `deno test`.
 *
 *     run.ts [--slow] [FILE …] [options of deno test]
 *
 * Without files it runs the fast suite, with `--slow` the slow one.
 */
import { fastEntries, slowFiles } from "./suites.ts";
import { makeTemplates } from "./templates.ts";

const slow = Deno.args.includes("--slow");
const args = Deno.args.filter((arg) => arg !== "--slow" && arg !== "--");
const named = args.some((arg) => arg.startsWith("tests/"));

await using entries = named || slow ? undefined : await fastEntries();
await using templates = await makeTemplates();
const files = named ? [] : entries?.files ?? slowFiles();
const { code } = await new Deno.Command(Deno.execPath(), {
  // `deno task check` checks the types of all files.
  args: ["test", "-A", "--parallel", ...(named ? [] : ["--no-check"]), ...args, ...files],
  env: { ...templates.env, DENO_JOBS: Deno.env.get("DENO_JOBS") ?? `${navigator.hardwareConcurrency + 1}` },
}).spawn().status;
Deno.exitCode = code;
