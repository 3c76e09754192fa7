import { buildSchema, type GraphQLSchema, parse, validate } from "graphql";

/** Where the command line and the terminal keep their documents. */
const FOLDERS = ["src/cli", "src/client/operator", "tui"];

/**
 * The text of each `graphql(…)` of a program. Throws for one that is put together from parts, which nothing can
 * check.
 */
function documentsOf(program: string): string[] {
  return [...program.matchAll(/\bgraphql\(/g)].map(({ index }) => {
    const [, text] = /^graphql\(\s*`([^`]*)`,?\s*\)/.exec(program.slice(index)) ?? [];
    if (text === undefined || text.includes("${")) {
      throw new Error(`not one literal: ${program.slice(index, index + 60)}`);
    }
    return text;
  });
}

/**
 * What the schema has not of the documents in a program, a sentence each. The types of a document notice only a field
 * whose answer is read; this notices every field, argument and variable.
 */
export function wrongIn(program: string, schema: GraphQLSchema): string[] {
  return documentsOf(program).flatMap((text) => validate(schema, parse(text)).map(({ message }) => message));
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
