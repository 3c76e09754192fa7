/**
 * Plants small faults one at a time in a copy of this project, and tells which ones the fast tests find.
 *
 *     run.ts [--first] [NAME …]
 *
 * Without names it tries every mutation of `list.ts`. With `--first` it runs only the tests that a mutation names.
 * Exits with 1 when fewer than 90 % are found.
 */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeTemplates } from "../support/templates.ts";
import { MUTATIONS } from "./list.ts";
import { mutate, type Mutation, ROOT } from "./mutation.ts";

const LEAST_FOUND = 0.9;

/** A run of tests that takes longer hangs, which is a way to find a mutation. */
const MOST_MS = 15 * 60 * 1000;

/** What the tests do not need in a copy; `node_modules` is linked. */
const NOT_COPIED = ["node_modules", ".git", ".data", "dist", "pictures"].map((name) => join(ROOT, name));

const names = Deno.args.filter((arg) => arg !== "--first");
const firstOnly = Deno.args.includes("--first");
const wanted = wantedMutations();
const copy = await Deno.makeTempDir({ prefix: "sallyport-mutations-" });
try {
  await cp(ROOT, copy, { recursive: true, filter: (path) => !NOT_COPIED.includes(path) });
  await Deno.symlink(join(ROOT, "node_modules"), join(copy, "node_modules"));
  await tryAll();
} finally {
  await Deno.remove(copy, { recursive: true });
}

function wantedMutations(): Mutation[] {
  const unknown = names.filter((asked) => !MUTATIONS.some(({ name }) => name === asked));
  if (unknown.length > 0) throw new Error(`There is no mutation ${unknown.join(", ")}`);
  const wanted = MUTATIONS.filter(({ name }) => names.length === 0 || names.includes(name));
  return wanted.filter(({ equivalent }) => equivalent === undefined);
}

async function tryAll(): Promise<void> {
  await using templates = await makeTemplates();
  const run = (isWanted: (path: string) => boolean) => firstFailure(isWanted, templates.env);

  if (names.length === 0 && !firstOnly) {
    const failure = await run(() => true);
    if (failure !== undefined) throw new Error(`The tests fail without any mutation: ${failure}`);
  }
  let found = 0;
  for (const mutation of wanted) {
    const path = join(copy, mutation.file);
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, mutate(mutation, text));
    const isFirst = (test: string) => mutation.suites.some((suite) => test.startsWith(suite));
    const failure = await run(isFirst) ?? (firstOnly ? undefined : await run((test) => !isFirst(test)));
    await Deno.writeTextFile(path, text);
    if (failure !== undefined) found++;
    console.log(failure === undefined ? `MISSED ${mutation.name}` : `found  ${mutation.name}: ${failure}`);
  }
  console.log(`${found} of ${wanted.length} found`);
  if (found < wanted.length * LEAST_FOUND) Deno.exitCode = 1;
}

/** The title of the first fast test that fails; undefined when all pass. */
async function firstFailure(
  isWanted: (path: string) => boolean,
  env: Record<string, string>,
): Promise<string | undefined> {
  // From the copy, so that its entries import the copy's tests.
  const suites: typeof import("../support/suites.ts") = await import(
    pathToFileURL(join(copy, "tests/support/suites.ts")).href
  );
  // The test of the list itself would find every mutation.
  await using entries = await suites.fastEntries((path) => isWanted(path) && !path.startsWith("mutations/"));
  if (entries.files.length === 0) throw new Error("There are no such tests");
  const limit = AbortSignal.timeout(MOST_MS);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", "--parallel", "--fail-fast", ...entries.files],
    cwd: copy,
    env: { ...env, SALLYPORT_TEST_PART: "fast", NO_COLOR: "1" },
    signal: limit,
  }).output();
  if (success) return undefined;
  if (limit.aborted) return "the tests hang";
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  const [, title] = /^ ERRORS \n\n(.+?)(?: => .*)?$/m.exec(said) ?? [];
  if (title === undefined) throw new Error(`The tests cannot run: ${said.slice(-2_000)}`);
  return title;
}
