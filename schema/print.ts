import { minifyIntrospection, preprocessIntrospection } from "gql.tada/internal";
import { introspectionFromSchema } from "graphql";
import { clientFiles } from "./client/client_files.ts";
import { buildSchema, printedSchema } from "./schema.ts";

const OPERATIONS = new URL("../src/client/operations.graphql", import.meta.url);

/** What `deno task schema` writes, by path from the project's root, and the check compares. */
export function schemaFiles(): Record<string, string> {
  const { documents, answers } = clientFiles(Deno.readTextFileSync(OPERATIONS), buildSchema());
  return {
    "schema/schema.graphql": printedSchema(),
    "src/client/operator/introspection.d.ts": introspectionType(),
    "src/client/documents.ts": documents,
    "src/client/answers.ts": answers,
  };
}

/** The schema as a type, as gql.tada reads it quickest. */
function introspectionType(): string {
  const introspection = preprocessIntrospection(minifyIntrospection(introspectionFromSchema(buildSchema())));
  return `// Written by \`deno task schema\` from the schema; do not edit.\n\nexport type introspection = ${introspection};\n`;
}

if (import.meta.main) {
  const check = Deno.args.includes("--check");
  for (const [path, text] of Object.entries(schemaFiles())) {
    if (!check) {
      await Deno.writeTextFile(path, text);
    } else if (await Deno.readTextFile(path).catch(() => "") !== text) {
      console.error(
        `${path} is not what the schema says: run \`deno task schema\` and look at the difference`,
      );
      Deno.exitCode = 1;
    }
  }
}
