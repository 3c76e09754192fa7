import { getIntrospectionQuery, graphqlSync, type IntrospectionQuery } from "graphql";
import { buildSchema, printedSchema } from "./schema.ts";

/** What `deno task schema` writes, by path from the project's root, and the check compares. */
export function schemaFiles(): Record<string, string> {
  return {
    "schema/schema.graphql": printedSchema(),
    "src/client/operator/introspection.ts": introspectionType(),
  };
}

/** The schema as a type, from which the documents of our clients get theirs. */
function introspectionType(): string {
  const { data } = graphqlSync({
    schema: buildSchema(),
    source: getIntrospectionQuery({ descriptions: false, directiveIsRepeatable: false }),
  });
  const { __schema } = data as unknown as IntrospectionQuery;
  const types = __schema.types.filter((type) => !type.name.startsWith("__"));
  const text = JSON.stringify({ __schema: { ...__schema, types, directives: [] } }, null, 1);
  return `// deno-fmt-ignore-file\n// Written by \`deno task schema\` from the schema; do not edit.\n\n/** The schema, for the types of documents. */\nexport type introspection = ${text};\n`;
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
