import { buildSchema, type GraphQLSchema, introspectionFromSchema, isAbstractType } from "graphql";

/**
 * Writes the schema for other clients and code generators: as text, as an introspection result, and as `possibleTypes`
 * for Apollo Client's cache.
 */
export async function packSchema(folder: string, text: string): Promise<void> {
  const schema = buildSchema(text);
  await Deno.writeTextFile(`${folder}/schema.graphql`, text);
  await writeJson(`${folder}/introspection.json`, introspectionFromSchema(schema));
  await writeJson(`${folder}/possibleTypes.json`, possibleTypes(schema));
}

/** The object types of each interface and union. */
function possibleTypes(schema: GraphQLSchema): Record<string, string[]> {
  const abstract = Object.values(schema.getTypeMap()).filter((type) => isAbstractType(type));
  return Object.fromEntries(
    abstract.map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]),
  );
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(path, `${JSON.stringify(value)}\n`);
}
