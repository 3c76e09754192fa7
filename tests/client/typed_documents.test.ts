import type { DocumentTypeDecoration, TypedDocumentNode } from "@graphql-typed-document-node/core";
import { type DocumentNode, parse, print, validate, visit } from "graphql";
import { gql } from "graphql-tag";
import assert from "node:assert/strict";
import { buildSchema } from "../../schema/schema.ts";
import * as operations from "../../src/client/documents.ts";
import { print as printDocument } from "../../src/client/print.ts";
import { startApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { signedInClient } from "../support/sallyport_client.ts";
import { serve } from "../support/serve.ts";

/** The class that graphql-codegen writes with `documentMode: "string"`. */
class TypedDocumentString<TResult, TVariables> extends String
  implements DocumentTypeDecoration<TResult, TVariables> {
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>["__apiType"]>;
  private value: string;
  public __meta__?: Record<string, unknown> | undefined;
  constructor(value: string, __meta__?: Record<string, unknown> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }
  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
type ViewerQuery = { __typename?: "Query"; viewer?: { __typename?: "User"; id: string } | null };
type ViewerQueryVariables = Exact<{ [key: string]: never }>;
type StateQuery = {
  __typename?: "Query";
  stateRequirements: { __typename?: "StateRequirements"; satisfied: boolean };
};
type StateQueryVariables = Exact<{ state: "VISITOR" | "AUTH" | "PAYMENT" }>;

const VIEWER = "query Viewer { viewer { id } }";
const STATE = "query State($state: UserState!) { stateRequirements(state: $state) { satisfied } }";

const nodes = (text: string) => JSON.parse(JSON.stringify(parse(text, { noLocation: true }))) as unknown;

/** The same two operations in each form of code generators and libraries. */
const FORMS = {
  "a TypedDocumentString": {
    viewer: new TypedDocumentString<ViewerQuery, ViewerQueryVariables>(VIEWER),
    state: new TypedDocumentString<StateQuery, StateQueryVariables>(STATE),
  },
  "the nodes that graphql-codegen writes": {
    viewer: nodes(VIEWER) as TypedDocumentNode<ViewerQuery, ViewerQueryVariables>,
    state: nodes(STATE) as TypedDocumentNode<StateQuery, StateQueryVariables>,
  },
  "graphql-tag": {
    viewer: gql(VIEWER) as TypedDocumentNode<ViewerQuery, ViewerQueryVariables>,
    state: gql(STATE) as TypedDocumentNode<StateQuery, StateQueryVariables>,
  },
  "parse of graphql": {
    viewer: parse(VIEWER) as TypedDocumentNode<ViewerQuery, ViewerQueryVariables>,
    state: parse(STATE) as TypedDocumentNode<StateQuery, StateQueryVariables>,
  },
};

onPglite("request accepts documents of every form, and infers their data and variables", async (database) => {
  await using app = await startApp({ database });
  await using server = serve(app);
  const { client, user } = await signedInClient(app, { url: server.url, fetch: (request) => fetch(request) });
  for (const [form, { viewer, state }] of Object.entries(FORMS)) {
    const { viewer: known } = await client.request(viewer);
    const id: string | undefined = known?.id;
    assert.equal(id, user.id, form);
    const { stateRequirements } = await client.request(state, { state: "AUTH" });
    const satisfied: boolean = stateRequirements.satisfied;
    assert.equal(satisfied, true, form);
  }
  const text: { viewer: { id: string } } = await client.request(VIEWER);
  assert.equal(text.viewer.id, user.id);
  const named = await client.request<{ stateRequirements: { satisfied: boolean } }>(STATE, { state: "AUTH" });
  assert.equal(named.stateRequirements.satisfied, true);
  client.close();
});

onPglite("request prints a parsed document, and does not send its source text", async (database) => {
  await using app = await startApp({ database });
  const { client, user } = await signedInClient(app);
  const id = gql("fragment Id on User { id }");
  const names = gql`fragment Names on User { ...Id username } ${id}`;
  // The text of this document has the fragment `Id` twice, which the server would reject.
  const twice = gql`query Both { viewer { ...Id ...Names } } ${id} ${names}`;
  assert.deepEqual(await client.request(twice), { viewer: { id: user.id, username: user.username } });
  const renamed = visit(parse(VIEWER), {
    Field: (node) =>
      node.name.value === "id" ? { ...node, alias: { ...node.name, value: "userId" } } : undefined,
  });
  assert.deepEqual(await client.request(renamed), { viewer: { userId: user.id } });
  client.close();
});

/** Syntax that the client's own operations do not use. */
const UNUSUAL =
  `query Q($a: [Int!]! = [1, -2], $b: In = { x: "a\\"\\n\\u2028é", y: { z: null } }, $c: Float = 1.5e3 @d) @live(if: true) {
  alias: field(a: $a, b: """
    block "quoted"
      indented
  """, enum: VALUE) @include(if: $c) @skip(if: false) { ... @defer(label: "l") { x } ...F @g }
}
fragment F on T @h { ... on U { y } }
subscription S { s }
mutation { m(input: {}) { __typename } }`;

Deno.test("the printer keeps the meaning of a document", () => {
  const meaning = (document: DocumentNode) => print(document).replaceAll(/\s+/g, " ");
  for (const text of [UNUSUAL, ...Object.values(operations)]) {
    const document = parse(text);
    assert.equal(meaning(parse(printDocument(document))), meaning(document));
  }
  const viewer = printDocument(FORMS["graphql-tag"].viewer);
  assert.deepEqual(validate(buildSchema(), parse(viewer)), []);
});

/** Never called. `deno check` checks its types. */
export async function types({ request }: Awaited<ReturnType<typeof signedInClient>>["client"]) {
  for (const { state, viewer } of Object.values(FORMS)) {
    // @ts-expect-error the state is required
    await request(state);
    // @ts-expect-error the state does not exist
    await request(state, { state: "PAID" });
    // @ts-expect-error the variable has another name
    await request(state, { to: "AUTH" });
    // @ts-expect-error the operation has no variables
    await request(viewer, { state: "AUTH" });
    // @ts-expect-error the data has no such field
    (await request(viewer)).user;
  }
  // @ts-expect-error not a document
  await request(1);
  // @ts-expect-error not a document
  await request({ query: VIEWER });
  // @ts-expect-error the data of a string is unknown
  (await request(VIEWER)).viewer;
}
