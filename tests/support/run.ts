/**
 * Runs tests. Creates one Postgres cluster and one migrated embedded database for all of them, then runs `deno test`.
 *
 *     run.ts [--slow] [FILE …] [options for deno test]
 *
 * Without files it runs the fast suite. With `--slow` it runs the slow suite: `tests/slow`, and on Postgres the tests
 * that the fast suite runs on the embedded database.
 */
import { fastEntries, slowEntries } from "./suites.ts";
import { makeTemplates } from "./templates.ts";

type Run = { files: readonly string[]; options: readonly string[]; part: "fast" | "postgres" | undefined };

const slow = Deno.args.includes("--slow");
const args = Deno.args.filter((arg) => arg !== "--slow" && arg !== "--");
const named = args.some((arg) => arg.startsWith("tests/"));
const filtered = args.includes("--filter");

await using fast = await fastEntries();
await using slowest = await slowEntries();
await using templates = await makeTemplates();
// `deno task check` checks the types of all files.
const unchecked = ["--no-check"];
const onPostgres = [...unchecked, "--filter", "[postgres]"];
const runs: Run[] = named
  ? [{ files: [], options: unchecked, part: undefined }]
  : !slow
  ? [{ files: fast.files, options: unchecked, part: filtered ? undefined : "fast" }]
  : [
    { files: slowest.files, options: unchecked, part: undefined },
    { files: fast.files, options: onPostgres, part: "postgres" },
  ];
for (const run of runs) if (await test(run) !== 0) Deno.exitCode = 1;

/** Returns the exit code. */
async function test({ files, options, part }: Run): Promise<number> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--parallel", ...options, ...args, ...files],
    env: {
      ...templates.env,
      ...(part && { SALLYPORT_TEST_PART: part }),
      DENO_JOBS: Deno.env.get("DENO_JOBS") ?? `${navigator.hardwareConcurrency + 1}`,
    },
  }).spawn().status;
  return code;
}
