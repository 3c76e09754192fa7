import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLEnumType,
  type GraphQLSchema,
  isCompositeType,
  isEnumType,
  isInputType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  stripIgnoredCharacters,
  typeFromAST,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { answerFields, answerType, inputField, type Known } from "./plain_types.ts";

const HEAD =
  "// deno-fmt-ignore-file\n// Written by `deno task schema` from `operations.graphql` and the schema; do not edit.\n";

/**
 * Generates the published client's documents and their result types as plain TypeScript, because the package
 * has no dependencies. Throws if the schema does not match `operations`.
 */
export function clientFiles(
  operations: string,
  schema: GraphQLSchema,
): { documents: string; answers: string } {
  const { definitions } = validDocument(operations, schema);
  const fragments = definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
  const known = { schema, fragments: new Map(fragments.map((each) => [each.name.value, each])) };
  const documents = definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION)
    .map((each) => documentConstant(known, each));
  const types = fragments.map((each) => fragmentType(known, each));
  const enumerations = Object.values(schema.getTypeMap()).filter(isEnumType)
    .filter(({ name }) => mentions([...types, ...documents], name));
  const imported = [...enumerations.map(({ name }) => name), ...known.fragments.keys()]
    .filter((name) => mentions(documents, name));
  return {
    documents: [
      HEAD,
      `import type { ${
        imported.join(", ")
      } } from "./answers.ts";\nimport type { Document } from "./document.ts";\n`,
      ...fragments.map((each) => `const ${constantOf(each.name.value)} = \`${templateOf(known, each)}\`;\n`),
      ...documents,
    ].join("\n"),
    answers: [HEAD, ...enumerations.map(enumerationType), ...types].join("\n"),
  };
}

function validDocument(operations: string, schema: GraphQLSchema): DocumentNode {
  const document = parse(operations);
  const wrong = validate(schema, document);
  if (wrong.length > 0) throw new Error(wrong.map(({ message }) => message).join("\n"));
  return document;
}

function enumerationType(type: GraphQLEnumType): string {
  return `export type ${type.name} = ${type.getValues().map(({ name }) => `"${name}"`).join(" | ")};\n`;
}

function fragmentType(known: Known, fragment: FragmentDefinitionNode): string {
  const parent = known.schema.getType(fragment.typeCondition.name.value);
  if (!isCompositeType(parent)) throw new TypeError(`${fragment.name.value} must be on a type with fields`);
  const { selections } = fragment.selectionSet;
  const fields = answerFields(known, parent, selections).map(({ name, type, description, of }) =>
    `${
      comment([of && `Only on ${of.map((each) => `\`${each}\``).join(" and ")}.`, description], "  ")
    }  ${name}${of ? "?" : ""}: ${type};\n`
  );
  const isPlain = !isUnionType(parent) && selections.every(({ kind }) => kind !== Kind.FRAGMENT_SPREAD);
  const written = isPlain ? `{\n${fields.join("")}}` : answerType(known, parent, selections);
  const said = comment([fragment.description?.value ?? parent.description]);
  return `${said}export type ${fragment.name.value} = ${written};\n`;
}

type AnonymousOperation = Omit<OperationDefinitionNode, "name" | "description">;

function documentConstant(known: Known, operation: OperationDefinitionNode): string {
  const { name, description: _, ...anonymous } = operation;
  const root = known.schema.getRootType(operation.operation);
  if (!root || !name) throw new TypeError("Every operation of the client needs a name");
  const fields = operation.variableDefinitions?.map(({ variable, type: node, defaultValue }) => {
    const type = typeFromAST(known.schema, node);
    if (!isInputType(type)) throw new TypeError(`$${variable.name.value} has no input type`);
    return inputField(variable.name.value, type, node.kind === Kind.NON_NULL_TYPE && !defaultValue);
  }) ?? [];
  const variables = fields.length > 0 ? `{ ${fields.join("; ")} }` : "Record<string, never>";
  const answer = answerType(known, root, operation.selectionSet.selections);
  return `export const ${name.value} = \`${
    templateOf(known, anonymous)
  }\` as Document<\n  ${answer},\n  ${variables}\n>;\n`;
}

/**
 * Returns the text of an operation, or of a fragment's selections, as a template literal. A spread becomes a
 * reference to the fragment's constant, so that a page loads each fragment once.
 */
function templateOf(
  { schema, fragments }: Known,
  definition: AnonymousOperation | FragmentDefinitionNode,
): string {
  const info = new TypeInfo(schema);
  const narrowed: typeof definition = visit(
    definition,
    visitWithTypeInfo(info, {
      FragmentSpread: (spread) => {
        const typeCondition = fragments.get(spread.name.value)?.typeCondition;
        if (!typeCondition || typeCondition.name.value === info.getParentType()?.name) return undefined;
        const selectionSet = { kind: Kind.SELECTION_SET, selections: [spread] };
        return { kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet };
      },
    }),
  );
  const isFragment = narrowed.kind === Kind.FRAGMENT_DEFINITION;
  const text = stripIgnoredCharacters(print(isFragment ? narrowed.selectionSet : narrowed));
  return (isFragment ? text.slice(1, -1) : text)
    .replaceAll(/\.\.\.(?!on )(\w+)/g, (_, name) => `\${${constantOf(name)}}`);
}

function constantOf(fragment: string): string {
  return fragment.charAt(0).toLowerCase() + fragment.slice(1);
}

function mentions(texts: readonly string[], name: string): boolean {
  const word = new RegExp(`\\b${name}\\b`);
  return texts.some((text) => word.test(text));
}

function comment(sentences: readonly (string | null | undefined)[], indent = ""): string {
  const text = sentences.filter(Boolean).join(" ").replaceAll(/\s+/g, " ");
  return text && `${indent}/** ${text} */\n`;
}
