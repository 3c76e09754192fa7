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

type Run = {
  files: readonly string[];
  options: readonly string[];
  part: "fast" | "postgres" | undefined;
  /** Test files at a time. */
  atOnce: number;
};

const CORES = navigator.hardwareConcurrency;

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
  ? [{ files: [], options: unchecked, part: undefined, atOnce: CORES + 1 }]
  : !slow
  ? [{ files: fast.files, options: unchecked, part: filtered ? undefined : "fast", atOnce: CORES + 1 }]
  : [
    // Many of these tests wait for other processes.
    { files: slowest.files, options: unchecked, part: undefined, atOnce: CORES + 2 },
    { files: fast.files, options: onPostgres, part: "postgres", atOnce: CORES + 1 },
  ];
for (const run of runs) if (await test(run) !== 0) Deno.exitCode = 1;

/** Returns the exit code. */
async function test({ files, options, part, atOnce }: Run): Promise<number> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--parallel", ...options, ...args, ...files],
    env: {
      ...templates.env,
      ...(part && { SALLYPORT_TEST_PART: part }),
      DENO_JOBS: Deno.env.get("DENO_JOBS") ?? `${atOnce}`,
    },
  }).spawn().status;
  return code;
}
