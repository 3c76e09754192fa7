import { GraphQLError, Kind, type ValueNode } from "graphql";
import { builder } from "./builder.ts";

builder.scalarType("DateTime", {
  description: "An instant: ISO 8601 in UTC with milliseconds, like `2026-01-31T12:00:00.000Z`.",
  serialize: (value) => value.toISOString(),
  parseValue: (value) => {
    const date = typeof value === "string" && /^\d{4}-\d\d-\d\dT.*Z$/.test(value)
      ? new Date(value)
      : undefined;
    if (!date || isNaN(date.getTime())) throw new GraphQLError("DateTime must be ISO 8601 in UTC");
    return date;
  },
});

builder.scalarType("JSON", {
  description: "Any JSON value. Its shape is told by the field that has it.",
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => literal(node, variables ?? {}),
});

builder.scalarType("URL", {
  description: "An absolute URL.",
  serialize: (value) => value,
  parseValue: (value) => {
    const url = typeof value === "string" ? URL.parse(value) : null;
    if (!url) throw new GraphQLError("URL must be an absolute URL");
    return url.href;
  },
});

/** A JSON value that was written into the document itself. */
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
