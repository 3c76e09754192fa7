import { basename, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const TESTS = fileURLToPath(new URL("../", import.meta.url));

/** Tests that kill processes, drive browsers, or run long soaks and races. */
const SLOW = join(TESTS, "slow");

/** The most files per entry, so that all cores finish at about the same time. */
const MOST_FILES = 14;
const MOST_PAGE_FILES = 5;

/** Files that are run as one entry, in a process of their own. */
type Entry = { name: string; files: readonly string[] };

/** The test files of a run. Disposal deletes those that were made for it. */
export type Entries = AsyncDisposable & { files: string[] };

/** The fast tests. Those of a folder share the loaded server and one embedded database. */
export function fastEntries(isWanted: (path: string) => boolean = () => true): Promise<Entries> {
  const entries = foldersIn(TESTS).filter((each) => each !== SLOW).flatMap((each) =>
    chunks(basename(each), testsIn(each).filter((file) => isWanted(relative(TESTS, file))), MOST_FILES)
  );
  return writeEntries(entries.sort((a, b) => b.files.length - a.files.length));
}

/**
 * The slow tests. Those of pages share the loaded server and a browser. Each other file is its own entry, because these
 * tests mostly wait for other processes.
 */
export async function slowEntries(): Promise<Entries> {
  const files = testsIn(SLOW);
  const pages = files.filter((file) => basename(file).startsWith("web_"));
  const others = files.filter((file) => !pages.includes(file));
  const longest = LONGEST.map((name) => join(SLOW, name)).filter((path) => others.includes(path));
  const written = await writeEntries(chunks("web", pages, MOST_PAGE_FILES));
  const rest = others.filter((path) => !longest.includes(path));
  return { ...written, files: [...longest, ...written.files, ...rest] };
}

async function writeEntries(entries: readonly Entry[]): Promise<Entries> {
  const folder = await Deno.makeTempDir({ prefix: "sallyport-tests-" });
  const pathOf = ({ name }: Entry) => join(folder, `${name}.ts`);
  await Promise.all(entries.map((entry) => Deno.writeTextFile(pathOf(entry), importing(entry.files))));
  return {
    files: entries.map(pathOf),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** The longest slow files. They start first, so that no core waits at the end for a long file that started last. */
const LONGEST = [
  "users_import_file",
  "command_line",
  "documents",
  "examples",
  "refresh_killed",
].map((name) => `${name}.test.ts`);

function chunks(name: string, files: readonly string[], most: number): Entry[] {
  const count = Math.ceil(files.length / most);
  return Array.from({ length: count }, (_, index) => ({
    name: `${name}${index > 0 ? index + 1 : ""}`,
    files: files.filter((_, at) => at % count === index),
  }));
}

function importing(files: readonly string[]): string {
  const imports = files.map((file) => `import ${JSON.stringify(pathToFileURL(file).href)};\n`);
  const databases = JSON.stringify(new URL("databases.ts", import.meta.url).href);
  return `${imports.join("")}import { registerEmbedded } from ${databases};\nregisterEmbedded();\n`;
}

function testsIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => join(folder, name)).filter((path) =>
    path.endsWith(".test.ts")
  ).sort();
}

/** The folder and all folders below it. */
function foldersIn(folder: string): string[] {
  const inner = [...Deno.readDirSync(folder)].filter(({ isDirectory, name }) =>
    isDirectory && !name.startsWith(".") && name !== "peers"
  );
  return [folder, ...inner.flatMap(({ name }) => foldersIn(join(folder, name)))];
}
