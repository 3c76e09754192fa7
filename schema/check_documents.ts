import { buildSchema, type GraphQLSchema, parse, stripIgnoredCharacters, validate } from "graphql";

/** Folders with the documents of the command line and the terminal. */
export const FOLDERS = ["src/cli", "src/client/operator", "tui"];

/**
 * Returns the text of each `graphql(…)` in a program. Throws if a document is not one literal, because it could
 * not be checked.
 */
function documentsOf(program: string): string[] {
  return [...program.matchAll(/\bgraphql\(/g)].map(({ index }) => {
    const [, text] = /^graphql\(\s*`([^`]*)`,?\s*\)/.exec(program.slice(index)) ?? [];
    if (text === undefined || text.includes("${")) {
      throw new Error(`Not one string literal: ${program.slice(index, index + 60)}`);
    }
    return text;
  });
}

/**
 * Returns one message for each error in a program's documents. The generated types only notice fields whose
 * value is read; this checks every field, argument and variable.
 */
export function wrongIn(program: string, schema: GraphQLSchema): string[] {
  return documentsOf(program).flatMap((text) => validate(schema, parse(text)).map(({ message }) => message));
}

/** Returns the sorted texts of the documents in all programs of these folders. */
export async function documentsIn(folders: readonly string[]): Promise<string[]> {
  const texts: string[] = [];
  for (const folder of folders) {
    for await (const path of programs(folder)) texts.push(...documentsOf(await Deno.readTextFile(path)));
  }
  return texts.map((text) => stripIgnoredCharacters(text)).sort();
}

async function* programs(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* programs(path);
    else if (/\.tsx?$/.test(name)) yield path;
  }
}

if (import.meta.main) {
  const schema = buildSchema(await Deno.readTextFile("schema/schema.graphql"));
  for (const folder of FOLDERS) {
    for await (const path of programs(folder)) {
      for (const message of wrongIn(await Deno.readTextFile(path), schema)) {
        console.error(`${path}: ${message}`);
        Deno.exitCode = 1;
      }
    }
  }
}
