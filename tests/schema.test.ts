import assert from "node:assert/strict";
import { type GraphQLObjectType, isObjectType } from "graphql";
import { ANNOUNCED, RELEASED, untoldBreaks } from "../schema/breaking_changes.ts";
import { schemaFiles } from "../schema/print.ts";
import { buildSchema } from "../schema/schema.ts";
import { SYSTEM } from "../src/events/events.ts";
import { createOperator } from "../src/operators/operators.ts";
import { startApp, type TestApp } from "./support/app.ts";
import { onPglite } from "./support/databases.ts";
import { eventually } from "./support/eventually.ts";
import { subscribe } from "./support/live.ts";
import { post } from "./support/wire.ts";

const CALLERS = ["nobody", "READ", "OPERATE", "REVEAL"] as const;
type Role = Exclude<(typeof CALLERS)[number], "nobody">;

/**
 * The least role that may use each field of a root type, and arguments to try it with. `$flow`, `$credential` and
 * `$operator` are things that exist. A new field belongs here, with the role its author meant.
 */
const LEAST: Record<string, Record<string, [least: Role, args?: string]>> = {
  Query: {
    credential: ["READ", "(id: $credential)"],
    credentials: ["READ"],
    events: ["READ"],
    flow: ["READ", "(id: $flow)"],
    flows: ["READ"],
    metrics: ["READ"],
    modalClient: ["READ"],
    operators: ["READ"],
    server: ["READ"],
    serverHealth: ["READ"],
  },
  Mutation: {
    startModalTokenFlow: ["OPERATE"],
    waitForModalTokenFlow: ["OPERATE", "(id: $flow)"],
    cancelFlow: ["OPERATE", "(id: $flow)"],
    importModalCredential: ["OPERATE", '(tokenId: "ak-1", tokenSecret: "as-1")'],
    verifyModalCredential: ["OPERATE", "(id: $credential)"],
    revealCredential: ["REVEAL", "(id: $credential)"],
    revokeCredential: ["OPERATE", "(id: $credential)"],
    createOperator: ["OPERATE", '(name: "somebody", role: READ, days: 1)'],
    revokeOperator: ["OPERATE", "(id: $operator)"],
  },
  Subscription: {
    events: ["READ"],
    flow: ["READ", "(id: $flow)"],
    modalTokenFlow: ["READ", "(id: $flow)"],
    serverHealth: ["READ"],
    tokenHealth: ["READ"],
  },
};

const schema = buildSchema();
const ROOTS = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  .filter((type): type is GraphQLObjectType => isObjectType(type));

Deno.test("every field of a root type is in the table of who may use it", () => {
  const fields = (of: Record<string, object>) =>
    Object.fromEntries(Object.entries(of).map(([name, each]) => [name, Object.keys(each).sort()]));
  const built = Object.fromEntries(ROOTS.map((type) => [type.name, type.getFields()]));
  assert.deepEqual(fields(built), fields(LEAST));
});

type Things = { flow: string; credential: string; operator: string };

/** A flow, a credential and an operator. */
async function makeThings(app: TestApp, token: string): Promise<Things> {
  const { tokenId, tokenSecret } = app.modal.issueToken();
  const { data } = await post(
    app,
    `mutation ($id: String!, $secret: String!) {
      startModalTokenFlow { ... on ModalTokenFlowStarted { flow { id } } }
      importModalCredential(tokenId: $id, tokenSecret: $secret) { ... on ModalVerified { credential { id } } }
      createOperator(name: "thing", role: READ) { ... on OperatorCreated { operator { id } } } }`,
    { token, variables: { id: tokenId, secret: tokenSecret } },
  );
  const { startModalTokenFlow, importModalCredential, createOperator } = data as {
    startModalTokenFlow: { flow: { id: string } };
    importModalCredential: { credential: { id: string } };
    createOperator: { operator: { id: string } };
  };
  return {
    flow: startModalTokenFlow.flow.id,
    credential: importModalCredential.credential.id,
    operator: createOperator.operator.id,
  };
}

const documentFor = (root: string, field: string, args: string, things: Things) => {
  const filled = args.replace(
    /\$(flow|credential|operator)/g,
    (_, name: keyof Things) => `"${things[name]}"`,
  );
  const selection = root === "Mutation"
    ? "{ __typename ... on AuthError { code message } }"
    : "{ __typename }";
  return `${root.toLowerCase()} { ${field}${filled} ${selection} }`;
};

/** UNAUTHENTICATED, FORBIDDEN with the role it says is needed, or "allowed": whatever else came of it. */
async function verdict(
  app: TestApp,
  root: string,
  field: string,
  document: string,
  token: string | undefined,
) {
  if (root === "Subscription") return await subscriptionCode(app, document, token) ?? "allowed";
  const { data, errors: [error] } = await post(app, document, { token });
  const { code, message = "" } = error
    ? { code: error.extensions?.code, message: error.message }
    : data?.[field] as { code?: string; message?: string } ?? {};
  const role = /with the role (\w+)/.exec(message)?.[1];
  if (code === "FORBIDDEN") return `FORBIDDEN: needs ${role}`;
  return code === "UNAUTHENTICATED" ? code : "allowed";
}

/** What a subscription is refused with, undefined when it stays open. */
async function subscriptionCode(app: TestApp, document: string, token: string | undefined) {
  const live = await subscribe(app.fetch, document, { token });
  const outcome = await Promise.race([
    live.refusal().catch(() => undefined),
    eventually("it is open", () => app.services.subscriptions.size === 1 && "open", 5).catch(() => undefined),
  ]);
  await live.leave();
  await eventually("it is closed", () => app.services.subscriptions.size === 0);
  return Array.isArray(outcome) ? outcome[0] : undefined;
}

onPglite("nobody may do anything, and an operator what the role allows", async (database) => {
  await using app = await startApp({ database });
  const tokens = new Map<string, string>();
  for (const role of ["READ", "OPERATE", "REVEAL"] as const) {
    const name = role.toLowerCase();
    tokens.set(role, (await createOperator(app.services, SYSTEM, { name, role, days: 30 })).token.reveal());
  }
  const things = await makeThings(app, tokens.get("REVEAL") ?? "");
  for (const [root, fields] of Object.entries(LEAST)) {
    for (const [field, [least, args = ""]] of Object.entries(fields)) {
      const document = documentFor(root, field, args, things);
      for (const caller of CALLERS) {
        const enough = CALLERS.indexOf(caller) >= CALLERS.indexOf(least);
        const expected = caller === "nobody"
          ? "UNAUTHENTICATED"
          : enough
          ? "allowed"
          : `FORBIDDEN: needs ${least}`;
        const actual = await verdict(app, root, field, document, tokens.get(caller));
        assert.equal(actual, expected, `${root}.${field} as ${caller}`);
      }
    }
  }
});

Deno.test("what the schema says is what is printed, for people and for our clients", async () => {
  for (const [path, text] of Object.entries(schemaFiles())) {
    assert.ok(await Deno.readTextFile(path) === text, `${path} is stale: run \`deno task schema\``);
  }
});

Deno.test("what clients were promised holds, or is told with its reason", async () => {
  const [released, announced] = await Promise.all(
    [RELEASED, ANNOUNCED].map((path) => Deno.readTextFile(path)),
  );
  const present = schemaFiles()["schema/schema.graphql"] ?? "";
  assert.deepEqual(untoldBreaks(released ?? "", present, announced ?? ""), []);
});

Deno.test("a break is seen until its line is written", () => {
  const released = "type Query { a: Int, b(x: Int): Int! }";
  const present = "type Query { b(x: Int!): Int }";
  const breaks = [
    "Query.a was removed.",
    "Query.b arg x has changed type from Int to Int!.",
    "Query.b changed type from Int! to Int.",
  ];
  assert.deepEqual(untoldBreaks(released, present, "").sort(), breaks);
  const lines = breaks.map((change) => `- 2026-11-21: ${change} Because of something.`);
  assert.deepEqual(untoldBreaks(released, present, lines.join("\n")), []);
  assert.deepEqual(untoldBreaks(released, present, lines.slice(1).join("\n")), breaks.slice(0, 1));
  for (const without of [`- 2026-11-21: ${breaks[0]}`, `- ${breaks[0]} Because of something.`]) {
    assert.equal(untoldBreaks(released, present, without).length, 3, without);
  }
  assert.deepEqual(untoldBreaks(released, `${released} type More { a: Int }`, ""), []);
});
