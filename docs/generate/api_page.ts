import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  printType,
} from "graphql";

const INTRODUCTION = `# API

Every operation and type of the GraphQL API, from [schema/schema.graphql](../schema/schema.graphql). A mutation returns a
union: its success type, or a type that implements \`AuthError\`. Ask for
\`... on AuthError { code message actionRequired }\`, and decide by \`code\`: [AuthErrorCode](#enum-autherrorcode) lists
the codes. Queries and subscriptions return a GraphQL error with the same code in \`extensions.code\`.
[Clients](clients.md#other-graphql-clients) says how to send operations.
`;

/** `docs/api.md`: every operation and type of the schema, with its description. */
export function apiPage(schema: GraphQLSchema): string {
  const roots = [
    { title: "Queries", kind: "query", type: schema.getQueryType() },
    { title: "Mutations", kind: "mutation", type: schema.getMutationType() },
    { title: "Subscriptions", kind: "subscription", type: schema.getSubscriptionType() },
  ];
  const types = Object.values(schema.getTypeMap()).filter((type) => isOfOurs(type, schema));
  const errors = types.filter(isError);
  return [
    INTRODUCTION,
    ...roots.flatMap(({ title, kind, type }) => [
      `## ${title}`,
      ...sorted(type?.getFields() ?? {}).map((field) => operation(kind, field)),
    ]),
    "## Types",
    "A connection has `nodes`, `edges { cursor node }` and `pageInfo { hasNextPage endCursor … }` (Relay). They are left out.",
    ...types.filter((type) => !isError(type) && !isPaging(type) && !isUnionType(type)).map(section),
    "## Errors",
    "Each has the fields of [`AuthError`](#type-autherror).",
    table(["error", "meaning"], errors.map(({ name, description }) => [`\`${name}\``, line(description)])),
  ].join("\n\n");
}

function isOfOurs(type: GraphQLNamedType, schema: GraphQLSchema): boolean {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return !isIntrospectionType(type) && !isSpecifiedScalarType(type) && !roots.some((root) => root === type);
}

function isError(type: GraphQLNamedType): boolean {
  return isObjectType(type) && type.getInterfaces().some(({ name }) => name === "AuthError");
}

/** Connections, their edges and their pages are alike. */
function isPaging({ name }: GraphQLNamedType): boolean {
  return /(Connection|Edge)$/.test(name) || name === "PageInfo";
}

function operation(kind: string, field: GraphQLField<unknown, unknown>): string {
  const signature = `${field.name}${
    field.args.length ? `(${field.args.map(argument).join(", ")})` : ""
  }: ${field.type}`;
  const linked = [...field.args.map(({ type }) => getNamedType(type)), ...answers(getNamedType(field.type))];
  const links = [...new Set(linked)].filter((type) => !isSpecifiedScalarType(type)).map(link);
  return [
    `### ${kind} \`${field.name}\``,
    line(field.description),
    `\`\`\`graphql\n${signature}\n\`\`\``,
    ...links.length ? [`Types: ${links.join(", ")}.`] : [],
    ...errorsOf(getNamedType(field.type)),
  ].join("\n\n");
}

function argument({ name, type, defaultValue }: GraphQLArgument): string {
  return `${name}: ${type}${
    defaultValue === undefined ? "" : ` = ${JSON.stringify(defaultValue).replaceAll('"', "")}`
  }`;
}

/** What a field gives: of a union its successes, of a connection what it pages. */
function answers(type: GraphQLNamedType): GraphQLNamedType[] {
  if (isUnionType(type)) return type.getTypes().filter((member) => !isError(member));
  const nodes = isObjectType(type) && isPaging(type) ? type.getFields()["nodes"] : undefined;
  return nodes ? [getNamedType(nodes.type)] : [type];
}

function errorsOf(type: GraphQLNamedType): string[] {
  if (!isUnionType(type)) return [];
  const names = type.getTypes().filter(isError).map(({ name }) => `\`${name}\``);
  return names.length ? [`Errors: ${names.sort().join(", ")}.`] : [];
}

function section(type: GraphQLNamedType): string {
  return [`### ${heading(type)}`, line(type.description), body(type)].filter((part) => part !== "").join(
    "\n\n",
  );
}

function body(type: GraphQLNamedType): string {
  if (isEnumType(type)) {
    return table(
      ["value", "meaning"],
      type.getValues().map(({ name, description }) => [`\`${name}\``, line(description)]),
    );
  }
  if (isInputObjectType(type) || isInterfaceType(type) || isObjectType(type)) {
    const fields = sorted<GraphQLInputField | GraphQLField<unknown, unknown>>(type.getFields());
    return table(
      ["field", "type", "meaning"],
      fields.map((field) => [`\`${field.name}\``, `\`${field.type}\``, line(field.description)]),
    );
  }
  return isScalarType(type) ? "" : `\`\`\`graphql\n${printType(type)}\n\`\`\``;
}

function heading(type: GraphQLNamedType): string {
  const kind = isEnumType(type)
    ? "enum"
    : isInputObjectType(type)
    ? "input"
    : isScalarType(type)
    ? "scalar"
    : "type";
  return `${kind} \`${type.name}\``;
}

/** GitHub's anchor of the type's heading. */
function link(type: GraphQLNamedType): string {
  return `[\`${type.name}\`](#${heading(type).replaceAll("`", "").replace(" ", "-").toLowerCase()})`;
}

function table(head: string[], rows: string[][]): string {
  const row = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
}

function line(description: string | null | undefined): string {
  return (description ?? "").replaceAll(/\s+/g, " ").trim();
}

function sorted<T extends { name: string }>(fields: Record<string, T>): T[] {
  return Object.values(fields).sort((one, other) => one.name < other.name ? -1 : 1);
}
