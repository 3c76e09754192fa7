import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredInputField,
  isUnionType,
  Kind,
  type SelectionNode,
} from "graphql";

/** TypeScript types for schema types that need another name. */
const WRITTEN: Record<string, string> = {
  Boolean: "boolean",
  Int: "number",
  Float: "number",
  String: "string",
  ID: "string",
  DateTime: "string",
  URL: "string",
  JSON: "unknown",
  // A newer server has codes that an older client does not know.
  AuthErrorCode: "string",
};

/** One field of a result. `of` names the types that have it, when the other types at this place do not. */
export type AnswerField = { name: string; type: string; description: string; of?: string[] };

/** Used to look up the types and fragments of selections. */
export type Known = { schema: GraphQLSchema; fragments: ReadonlyMap<string, FragmentDefinitionNode> };

/**
 * Returns the TypeScript type of a result. Enumerations and fragments appear by name. A union stays a union; on
 * an interface, fields that only some types have are optional.
 */
export function answerType(
  known: Known,
  parent: GraphQLCompositeType,
  selections: readonly SelectionNode[],
): string {
  const spreads = selections.flatMap((each) => each.kind === Kind.FRAGMENT_SPREAD ? [each.name.value] : []);
  if (isUnionType(parent) && selections.length > 1) return unionType(known, selections);
  const fields = answerFields(known, parent, selections)
    .map(({ name, type, of }) => `${name}${of ? "?" : ""}: ${type}`);
  return [...spreads, ...(fields.length > 0 ? [`{ ${fields.join("; ")} }`] : [])].join(" & ");
}

function unionType(known: Known, selections: readonly SelectionNode[]): string {
  const common = selections.filter(({ kind }) => kind === Kind.FIELD);
  return selections.flatMap((each) => {
    if (each.kind === Kind.FIELD) return [];
    const inner = each.kind === Kind.INLINE_FRAGMENT ? each.selectionSet.selections : [each];
    return [answerType(known, conditionOf(known, each), [...common, ...inner])];
  }).join(" | ");
}

/**
 * Returns the fields selected on `parent` itself, without those of named fragments. A field that several types have is
 * returned once, with the names of all of them.
 */
export function answerFields(
  known: Known,
  parent: GraphQLCompositeType,
  selections: readonly SelectionNode[],
): AnswerField[] {
  const fields = new Map<string, AnswerField>();
  for (const field of selectedFields(known, parent, selections)) {
    const { of = [], description = "" } = fields.get(field.name) ?? {};
    fields.set(
      field.name,
      field.of
        ? { ...field, of: [...of, ...field.of], description: description || field.description }
        : field,
    );
  }
  return [...fields.values()];
}

function selectedFields(
  known: Known,
  parent: GraphQLCompositeType,
  selections: readonly SelectionNode[],
): AnswerField[] {
  return selections.flatMap((each) => {
    if (each.kind === Kind.FIELD) return [answerField(known, parent, each)];
    if (each.kind === Kind.FRAGMENT_SPREAD) return [];
    const condition = conditionOf(known, each);
    return answerFields(known, condition, each.selectionSet.selections)
      .map((field) => ({ ...field, of: [condition.name] }));
  });
}

function answerField(known: Known, parent: GraphQLCompositeType, node: FieldNode): AnswerField {
  const name = (node.alias ?? node.name).value;
  if (node.name.value === "__typename") {
    return { name, type: isObjectType(parent) ? `"${parent.name}"` : "string", description: "" };
  }
  const field = "getFields" in parent ? parent.getFields()[node.name.value] : undefined;
  if (!field) throw new TypeError(`${parent.name} has no field ${node.name.value}`);
  const { type, description } = field;
  return { name, type: outputType(known, type, node), description: description ?? "" };
}

function outputType(known: Known, type: GraphQLOutputType, node: FieldNode): string {
  if (!isNonNullType(type)) return orNull(presentType(known, type, node));
  return presentType(known, type.ofType, node);
}

function presentType(known: Known, type: GraphQLOutputType, node: FieldNode): string {
  if (isNonNullType(type)) return outputType(known, type, node);
  if (isListType(type)) return listOf(outputType(known, type.ofType, node));
  if (isLeafType(type)) return WRITTEN[type.name] ?? type.name;
  return answerType(known, type, node.selectionSet?.selections ?? []);
}

/** Returns the TypeScript type of a variable. */
export function inputType(type: GraphQLInputType): string {
  if (!isNonNullType(type)) return orNull(presentInput(type));
  return presentInput(type.ofType);
}

function presentInput(type: GraphQLInputType): string {
  if (isNonNullType(type)) return inputType(type);
  if (isListType(type)) return `readonly ${listOf(inputType(type.ofType))}`;
  if (!isInputObjectType(type)) return WRITTEN[type.name] ?? type.name;
  const fields = Object.values(type.getFields()).map((field) =>
    inputField(field.name, field.type, isRequiredInputField(field))
  );
  return `{ ${fields.join("; ")} }`;
}

/**
 * Writes a field of an input object, or a variable. An optional one may be undefined, which JSON leaves out.
 */
export function inputField(name: string, type: GraphQLInputType, required: boolean): string {
  return required ? `${name}: ${inputType(type)}` : `${name}?: ${inputType(type)} | undefined`;
}

function conditionOf(
  { schema, fragments }: Known,
  node: Exclude<SelectionNode, FieldNode>,
): GraphQLCompositeType {
  const { typeCondition } = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value) ?? {};
  const type = typeCondition && schema.getType(typeCondition.name.value);
  if (!type || isLeafType(type) || isInputObjectType(type)) throw new TypeError("A fragment needs a type");
  return type;
}

function orNull(type: string): string {
  return type === "unknown" ? type : `${type} | null`;
}

function listOf(type: string): string {
  return / [|&] /.test(type) ? `(${type})[]` : `${type}[]`;
}
