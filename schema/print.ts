import { minifyIntrospection, preprocessIntrospection } from "gql.tada/internal";
import { introspectionFromSchema } from "graphql";
import { clientFiles } from "./client/client_files.ts";
import { documentsIn, FOLDERS } from "./check_documents.ts";
import { publishedTexts } from "./client/published_texts.ts";
import { buildSchema, printedSchema } from "./schema.ts";

const OPERATIONS = new URL("../src/client/operations.graphql", import.meta.url);

/**
 * Returns the files that `deno task schema` writes, by path from the project's root. `--check` compares them.
 */
export async function schemaFiles(): Promise<Record<string, string>> {
  const { documents, answers } = clientFiles(Deno.readTextFileSync(OPERATIONS), buildSchema());
  const published = await publishedTexts(documents);
  const operators = await documentsIn(FOLDERS);
  return {
    "schema/schema.graphql": printedSchema(),
    "src/client/operator/introspection.d.ts": introspectionType(),
    "src/client/documents.ts": documents,
    "src/client/answers.ts": answers,
    "src/client/trusted_documents.json": asJson(published),
    "src/http/graphql/own_documents.json": asJson([...Object.values(published), ...operators]),
  };
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Returns the schema as a type, in the form that gql.tada reads fastest. */
function introspectionType(): string {
  const introspection = preprocessIntrospection(minifyIntrospection(introspectionFromSchema(buildSchema())));
  return `// Written by \`deno task schema\` from the schema; do not edit.\n\nexport type introspection = ${introspection};\n`;
}

if (import.meta.main) {
  const check = Deno.args.includes("--check");
  for (const [path, text] of Object.entries(await schemaFiles())) {
    if (!check) {
      await Deno.writeTextFile(path, text);
    } else if (await Deno.readTextFile(path).catch(() => "") !== text) {
      console.error(
        `${path} is out of date: run \`deno task schema\` and review the difference`,
      );
      Deno.exitCode = 1;
    }
  }
}
