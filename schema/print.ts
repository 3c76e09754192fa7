import { minifyIntrospection, preprocessIntrospection } from "gql.tada/internal";
import { introspectionFromSchema } from "graphql";
import { buildSchema, printedSchema } from "./schema.ts";

/** What `deno task schema` writes, by path from the project's root, and the check compares. */
export function schemaFiles(): Record<string, string> {
  return {
    "schema/schema.graphql": printedSchema(),
    "src/client/operator/introspection.d.ts": introspectionType(),
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
