import { basename, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const TESTS = fileURLToPath(new URL("../", import.meta.url));

/** Tests that kill processes, drive browsers, or run long soaks and races. */
const SLOW = join(TESTS, "slow");

/** The most files per entry, so that all cores finish at about the same time. */
const MOST_FILES = 14;

/**
 * Creates entry files that import several test files, so that these share the loaded server and one embedded database.
 * `isWanted` selects files by their path below `tests`. Disposal deletes the entries.
 */
export async function fastEntries(
  isWanted: (path: string) => boolean = () => true,
): Promise<AsyncDisposable & { files: string[] }> {
  const folder = await Deno.makeTempDir({ prefix: "sallyport-tests-" });
  const entries = foldersIn(TESTS).filter((each) => each !== SLOW).flatMap((each) =>
    chunks(testsIn(each).filter((file) => isWanted(relative(TESTS, file)))).map((files, index) => ({
      path: join(folder, `${basename(each)}${index > 0 ? index + 1 : ""}.ts`),
      files,
    }))
  ).sort((a, b) => b.files.length - a.files.length);
  await Promise.all(entries.map(({ path, files }) => Deno.writeTextFile(path, importing(files))));
  return {
    files: entries.map(({ path }) => path),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** The longest slow files. They start first, so that no core waits at the end for a long file that started last. */
const LONGEST = [
  "users_import_file",
  "command_line",
  "documents",
  "examples",
  "web_account",
  "web_hostile",
  "web_double_click",
  "web_sign_in",
  "refresh_killed",
  "web_embed",
].map((name) => `${name}.test.ts`);

/** Each file is its own entry, because these tests mostly wait for other processes. */
export function slowFiles(): string[] {
  const files = testsIn(SLOW);
  const longest = LONGEST.map((name) => join(SLOW, name)).filter((path) => files.includes(path));
  return [...longest, ...files.filter((path) => !longest.includes(path))];
}

function chunks(files: readonly string[]): string[][] {
  const count = Math.ceil(files.length / MOST_FILES);
  return Array.from({ length: count }, (_, index) => files.filter((_, at) => at % count === index));
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
