import assert from "node:assert/strict";
import {
  getNamedType,
  type GraphQLField,
  type GraphQLInputType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import { buildSchema } from "../../schema/schema.ts";
import { newId } from "../../src/lib/ids.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { from } from "../support/callers.ts";
import { onPostgres } from "../support/databases.ts";
import { newPerson } from "../support/people.ts";
import { post } from "../support/wire.ts";

const HOSTILE_TEXT = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\ud800",
  '%\' or "1"="1\\',
  "x".repeat(50_000),
  "ada\u0000@example.test",
  newId("usr"),
  `${newId("flw")}.${"x".repeat(43)}`,
  newId("crd"),
  newId("ses"),
  `${newId("evt")}\u0000`,
];

const HOSTILE: Record<string, unknown[]> = {
  String: HOSTILE_TEXT,
  ID: [...HOSTILE_TEXT, 0, -1],
  Int: [-2147483648, -1, 0, 501, 2147483647],
  Float: [0, -1, 0.5, 4294967296, 1e308, -0],
  Boolean: [true, false],
  DateTime: ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"],
  URL: ["http://[::1]:0/", "javascript:alert(1)", "http://127.0.0.1:99/\u0000"],
  JSON: [null, "\ud800", { "\u0000": "\u0000" }, { __proto__x: 1e308 }, [[[[[]]]]]],
};

/** A valid value of the type, and variants of it with one hostile leaf each. */
function valuesOf(type: GraphQLInputType): { plain: unknown; hostile: unknown[] } {
  if (isNonNullType(type)) return valuesOf(type.ofType);
  if (isListType(type)) {
    const { plain, hostile } = valuesOf(type.ofType);
    return { plain: [plain], hostile: [[], ...hostile.map((each) => [each]), [plain, plain]] };
  }
  if (isEnumType(type)) {
    const names = type.getValues().map(({ name }) => name);
    return { plain: names[0], hostile: names };
  }
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).map(({ name, type }) => ({ name, ...valuesOf(type) }));
    const plain = Object.fromEntries(fields.map(({ name, plain }) => [name, plain]));
    const hostile = fields.flatMap(({ name, hostile }) =>
      hostile.map((each) => ({ ...plain, [name]: each }))
    );
    return { plain, hostile };
  }
  const values = HOSTILE[getNamedType(type).name];
  assert.ok(values, `No hostile ${type}`);
  const plain = { String: "ada", ID: newId("usr"), Int: 1, DateTime: "2026-01-01T00:00:00Z" }[
    getNamedType(type).name
  ];
  return { plain: plain ?? values[0], hostile: values };
}

type Asked = { query: string; variables: Record<string, unknown> };

function* operations(kind: "query" | "mutation", field: GraphQLField<unknown, unknown>): Generator<Asked> {
  const declared = field.args.map(({ name, type }) => `$${name}: ${type}`).join(", ");
  const given = field.args.map(({ name }) => `${name}: $${name}`).join(", ");
  const inner = isCompositeType(getNamedType(field.type)) ? " { __typename }" : "";
  const query = field.args.length === 0
    ? `${kind} { ${field.name}${inner} }`
    : `${kind} (${declared}) { ${field.name}(${given})${inner} }`;
  const args = field.args.map(({ name, type }) => ({ name, type, ...valuesOf(type) }));
  const plain = Object.fromEntries(
    args.map(({ name, type, plain }) => [name, isNonNullType(type) ? plain : null]),
  );
  yield { query, variables: plain };
  for (const { name, hostile } of args) {
    for (const value of hostile) yield { query, variables: { ...plain, [name]: value } };
  }
}

/** Operations that would end the sessions of the test. */
const SKIPPED = ["signOut", "revokeOtherSessions"];

async function faultsOf(app: TestApp, token: string | undefined): Promise<string[]> {
  const schema = buildSchema();
  const kinds = [["query", schema.getQueryType()], ["mutation", schema.getMutationType()]] as const;
  const faults: string[] = [];
  let address = 0;
  for (const [kind, type] of kinds) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      if (SKIPPED.includes(field.name)) continue;
      for (const { query, variables } of operations(kind, field)) {
        const caller = from(app, `10.${address >> 16}.${address >> 8 & 255}.${address++ & 255}`);
        const { text } = await post(caller, query, { token, variables });
        if (text.includes("INTERNAL_SERVER_ERROR")) {
          faults.push(`${field.name} ${JSON.stringify(variables).slice(0, 200)}`);
        }
      }
    }
  }
  return faults;
}

onPostgres("R52: no input causes an internal server error", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app, "ada");
  for (const token of [undefined, ada.accessToken, await app.operatorToken()]) {
    assert.deepEqual(await faultsOf(app, token), []);
  }
  assert.equal(app.services.metrics.recent("failures", app.services.now()), 0);
});
