import { buildSchema as schemaOf, parse, validate } from "graphql";
import assert from "node:assert/strict";
import { wrongIn } from "../../schema/check_documents.ts";
import { clientFiles } from "../../schema/client/client_files.ts";
import { buildSchema } from "../../schema/schema.ts";
import * as documents from "../../src/client/documents.ts";

Deno.test("every operation of the client is valid by the schema", () => {
  const schema = buildSchema();
  for (const [name, text] of Object.entries(documents)) {
    assert.deepEqual(validate(schema, parse(text)).map(({ message }) => message), [], name);
  }
});

Deno.test("check_documents finds fields and arguments that the schema does not have", () => {
  const schema = buildSchema();
  const program = (text: string) => `const Doc = graphql(\`${text}\`);`;
  assert.deepEqual(wrongIn(program("{ viewer { id username } }"), schema), []);
  for (
    const [text, wrong] of [
      ["{ viewer { id usernames } }", /Cannot query field "usernames"/],
      ["mutation ($id: ID!) { revokeSession(ids: $id) { __typename } }", /Unknown argument "ids"/],
      ["mutation ($id: Int!) { revokeSession(id: $id) { __typename } }", /"\$id" of type "Int!"/],
    ] as const
  ) {
    assert.match(wrongIn(program(text), schema).join("\n"), wrong);
  }
  assert.throws(() => wrongIn(program("{ viewer { ${FIELDS} } }"), schema), /Not one string literal/);
  assert.throws(() => wrongIn("graphql(TEXT)", schema), /Not one string literal/);
});

const SMALL = schemaOf(`
  type Query { viewer: User, flow(id: ID!): Flow! }
  type Mutation { signIn(input: SignInInput!, tries: Int = 3): SignInResult! }
  input SignInInput { name: String!, scopes: [Scope!], note: String }
  enum Scope { READ WRITE }
  enum Unused { A }
  "A person."
  type User { id: ID!, "As typed." name: String, scopes: [Scope!]!, friends: [User], extra: JSON }
  scalar JSON
  interface Flow { id: ID! }
  type CodeFlow implements Flow { id: ID!, "Tries left." left: Int! }
  type WebFlow implements Flow { id: ID!, url: String, "Seconds left." left: Int! }
  union SignInResult = SignedIn | WrongName | Busy
  type SignedIn { user: User! }
  interface Refusal { message: String! }
  type WrongName implements Refusal { message: String! }
  type Busy implements Refusal { message: String! }
`);

const OPERATIONS = `
  fragment Refused on Refusal { message }
  fragment Named on User { id name scopes extra friends { id } }
  "Of either kind."
  fragment FlowState on Flow { __typename id ... on CodeFlow { left } ... on WebFlow { url left } }
  mutation SignIn($input: SignInInput!, $tries: Int! = 3) {
    result: signIn(input: $input, tries: $tries) { __typename ... on SignedIn { user { ...Named } } ...Refused }
  }
  query Flow($id: ID!) { flow(id: $id) { ...FlowState } }
  "Not in the output."
  query Viewer { viewer { ...Named friends { name } } }
`;

Deno.test("a fragment becomes a type with its name and the schema's field types and descriptions", () => {
  const [, , , ...lines] = clientFiles(OPERATIONS, SMALL).answers.split("\n");
  assert.deepEqual(lines, [
    'export type Scope = "READ" | "WRITE";',
    "",
    "export type Refused = {",
    "  message: string;",
    "};",
    "",
    "/** A person. */",
    "export type Named = {",
    "  id: string;",
    "  /** As typed. */",
    "  name: string | null;",
    "  scopes: Scope[];",
    "  extra: unknown;",
    "  friends: ({ id: string } | null)[] | null;",
    "};",
    "",
    "/** Of either kind. */",
    "export type FlowState = {",
    "  __typename: string;",
    "  id: string;",
    "  /** Only on `CodeFlow` and `WebFlow`. Tries left. */",
    "  left?: number;",
    "  /** Only on `WebFlow`. */",
    "  url?: string | null;",
    "};",
    "",
  ]);
});

Deno.test("an operation becomes its text, with the types of its data and variables", () => {
  const [, operations = ""] = clientFiles(OPERATIONS, SMALL).documents.split(/(?=export const)(.*)/s);
  assert.deepEqual(operations.trim().split("\n"), [
    "export const SignIn = `mutation($input:SignInInput!$tries:Int!=3){result:signIn(input:$input tries:$tries){" +
    "__typename ...on SignedIn{user{${named}}}...on Refusal{${refused}}}}` as Document<",
    '  { result: { __typename: "SignedIn"; user: Named } | Refused & { __typename: string } },',
    "  { input: { name: string; scopes?: readonly Scope[] | null | undefined; note?: string | null | undefined }; " +
    "tries?: number | undefined }",
    ">;",
    "",
    "export const Flow = `query($id:ID!){flow(id:$id){${flowState}}}` as Document<",
    "  { flow: FlowState },",
    "  { id: string }",
    ">;",
    "",
    "export const Viewer = `{viewer{${named} friends{name}}}` as Document<",
    "  { viewer: Named & { friends: ({ name: string | null } | null)[] | null } | null },",
    "  Record<string, never>",
    ">;",
  ]);
});

Deno.test("an invalid operation is rejected", () => {
  for (
    const [operation, wrong] of [
      ["query A { viewer { age } }", /Cannot query field "age"/],
      ["query A($id: Int!) { flow(id: $id) { id } }", /"\$id" of type "Int!"/],
      ["fragment A on User { id }", /Fragment "A" is never used/],
      ["{ viewer { id } }", /needs a name/],
    ] as const
  ) {
    assert.throws(() => clientFiles(operation, SMALL), wrong);
  }
});
