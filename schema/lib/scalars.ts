import { GraphQLError, Kind, type ValueNode } from "graphql";
import { builder } from "./builder.ts";

builder.scalarType("DateTime", {
  specifiedByURL: "https://scalars.graphql.org/andimarek/date-time.html",
  description: "A point in time: ISO 8601 in UTC with milliseconds, such as `2026-01-31T12:00:00.000Z`.",
  serialize: (value) => value.toISOString(),
  parseValue: (value) => {
    const date = typeof value === "string" && /^\d{4}-\d\d-\d\dT.*Z$/.test(value)
      ? new Date(value)
      : undefined;
    if (!date || isNaN(date.getTime())) throw new GraphQLError("DateTime must be ISO 8601 in UTC");
    return date;
  },
});

/** Maximum depth of a JSON value in a request: deeper values could overflow the stack when written as text. */
const MOST_LEVELS = 64;

builder.scalarType("JSON", {
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc8259",
  description:
    `Any JSON value, up to ${MOST_LEVELS} levels deep. The field's description says which shape it has.`,
  serialize: (value) => value,
  parseValue: withinLevels,
  parseLiteral: (node, variables) => withinLevels(literal(node, variables ?? {})),
});

builder.scalarType("URL", {
  specifiedByURL: "https://url.spec.whatwg.org/",
  description: "An absolute URL.",
  serialize: (value) => value,
  parseValue: (value) => {
    const url = typeof value === "string" ? URL.parse(value) : null;
    if (!url) throw new GraphQLError("URL must be an absolute URL");
    return url.href;
  },
});

/** Returns the value. Throws if it is too deep. */
function withinLevels(value: unknown): unknown {
  if (!fits(value, MOST_LEVELS)) throw new GraphQLError(`JSON must be at most ${MOST_LEVELS} levels deep`);
  return value;
}

function fits(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((each) => fits(each, levels - 1));
}

/** Converts a JSON value written as a literal in the document. */
function literal(node: ValueNode, variables: Record<string, unknown>): unknown {
  switch (node.kind) {
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map((field) => [field.name.value, literal(field.value, variables)]),
      );
    case Kind.LIST:
      return node.values.map((value) => literal(value, variables));
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.VARIABLE:
      return variables[node.name.value];
    case Kind.NULL:
      return null;
    case Kind.BOOLEAN:
    case Kind.STRING:
    case Kind.ENUM:
      return node.value;
  }
}
