/**
 * Runs tests. Creates one Postgres cluster and one migrated embedded database for all of them, then runs `deno test`.
 *
 *     run.ts [--slow | --all] [FILE …] [options for deno test]
 *
 * Without files it runs the fast suite. With `--slow` it runs the slow suite: `tests/slow`, and on Postgres the tests
 * that the fast suite runs on the embedded database. `--all` runs the tests of both suites, and loads each file once.
 */
import { fastEntries, slowFiles } from "./suites.ts";
import { makeTemplates } from "./templates.ts";

type Run = { files: readonly string[]; options: readonly string[]; part: Part | undefined };

type Part = "fast" | "postgres" | "both";

const suite = Deno.args.find((arg) => arg === "--slow" || arg === "--all");
const args = Deno.args.filter((arg) => arg !== suite && arg !== "--");
const named = args.some((arg) => arg.startsWith("tests/"));
const filtered = args.includes("--filter");

await using entries = await fastEntries();
await using templates = await makeTemplates();
// `deno task check` checks the types of all files.
const unchecked = ["--no-check"];
const onPostgres = [...unchecked, "--filter", "[postgres]"];
for (const run of named ? [{ files: [], options: unchecked, part: undefined }] : runsOf(suite)) {
  if (await test(run) !== 0) Deno.exitCode = 1;
}

function runsOf(suite: string | undefined): Run[] {
  const slow: Run = { files: slowFiles(), options: unchecked, part: undefined };
  const fast = (part: Part): Run => ({ files: entries.files, options: unchecked, part });
  if (suite === "--all") return [fast("both"), slow];
  if (suite === "--slow") return [slow, { ...fast("postgres"), options: onPostgres }];
  return [fast(filtered ? "both" : "fast")];
}

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
