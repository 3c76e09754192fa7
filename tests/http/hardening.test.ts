import assert from "node:assert/strict";
import { newKeyring, startApp, type TestApp } from "../support/app.ts";
import { requestCode } from "../support/codes.ts";
import { onPglite } from "../support/databases.ts";
import { ask, ENDPOINT, listen, listenWithWebSockets, post } from "../support/wire.ts";
import { WsClient } from "../support/web_socket_client.ts";

const many = (count: number, each: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => each(index)).join(" ");

const IMPORT = `importModalCredential(tokenId: "ak-1", tokenSecret: "as-1") { __typename }`;

const DIRECTED = "... @include(if: true) { __typename }";
/** Returns a document with an unused argument of this many values. Each is a token; the rest of the document has 23. */
const LONG = (values: number) =>
  `events(types: [${many(values, () => '""')}]) @skip(if: true) { nodes { id } } __typename`;
const PAGE = "flows(first: 426) { nodes { id status kind } }";

/** For each limit: documents that just keep it, and documents over it, in all forms that we know. */
const LIMITS: { limit: string; says: RegExp; kept: string[]; broken: string[] }[] = [
  {
    limit: "depth 8",
    says: /depth limit of 8 exceeded, found 9/,
    kept: ["{ flows { edges { node { ... on ModalTokenFlow { credential { id } } } } } }"],
    broken: [
      deep(9),
      `{ a { ...F } } fragment F on Query ${deep(8)}`,
      `{ ... { ... { ...F } } } ${nested(9)}`,
    ],
  },
  {
    limit: "15 aliases",
    says: /Aliases limit of 15 exceeded, found 16/,
    kept: [`{ ${many(15, (i) => `a${i}: __typename`)} }`],
    broken: [
      `{ ${many(16, (i) => `a${i}: __typename`)} }`,
      `{ ${many(8, (i) => `a${i}: __typename`)} ...F ...F } fragment F on Query { ${
        many(4, (i) => `b${i}: __typename`)
      } }`,
      `fragment F on Query { ${many(16, (i) => `b${i}: __typename`)} } { ...F }`,
    ],
  },
  {
    limit: "20 directives",
    says: /Directives limit of 20 exceeded, found 21|up to 20 directives/,
    kept: [`{ ${many(20, () => DIRECTED)} }`],
    broken: [
      `{ ${many(21, () => DIRECTED)} }`,
      `{ ${many(21, () => "...F @include(if: true)")} } fragment F on Query { __typename }`,
      `query (${many(21, (i) => `$v${i}: Int @no`)}) { __typename }`,
    ],
  },
  {
    limit: "1,000 tokens",
    says: /Token limit of 1000 exceeded/,
    kept: [`{ ${LONG(977)} }`],
    broken: [
      `{ ${LONG(978)} }`,
      `{ ${many(3_000, (i) => `a${i}: __typename`)} }`,
    ],
  },
  {
    limit: "a cost of 5,000",
    says: /Cost limit of 5000 exceeded/,
    kept: [`{ ${PAGE.replace("426", "425")} }`],
    broken: [`{ ${PAGE} }`, `{ ...F } fragment F on Query { ${PAGE} }`, `{ ... { ${PAGE} } }`],
  },
  {
    limit: "500 pairs of fields in one place",
    says: /up to 500 pairs of fields/,
    kept: [`{ ${many(22, () => "viewer { id }")} }`],
    broken: [
      `{ ${many(23, () => "viewer { id }")} }`,
      `{ ${many(240, () => "viewer { id }")} }`,
      `{ ${many(11, () => "...F")} } fragment F on Query { ${many(3, () => "viewer { id }")} }`,
      `{ viewer { ${many(40, () => "... { id }")} } }`,
      `{ ...F } fragment F on Query { ...G ...G } fragment G on Query { ${many(20, () => "viewer { id }")} }`,
      doubling(40),
    ],
  },
  {
    limit: "1,000 selections, fragments spread out",
    says: /select up to 1000 fields and fragments/,
    kept: [],
    broken: ["{ ...F } fragment F on Query { ...F ...F }"],
  },
  {
    limit: "1,000 lines",
    says: /up to 1000 lines/,
    kept: [`{ __typename${"\n".repeat(999)}}`],
    broken: [`{ __typename${"\n".repeat(1_000)}}`],
  },
  {
    limit: "names of 128 characters in an answer",
    says: /A response name may have up to 128 characters/,
    kept: [`{ ${"a".repeat(128)}: __typename }`],
    broken: [`{ ${"a".repeat(129)}: __typename }`],
  },
  {
    limit: "one check of a credential",
    says: /one field that checks a credential/,
    kept: [
      `mutation { ${IMPORT} }`,
      `fragment F on Mutation { ${IMPORT} } mutation { ...F }`,
      `mutation { ...F } fragment F on Mutation { ...G } fragment G on Mutation { a: ${IMPORT} }`,
    ],
    broken: [
      `mutation { a: ${IMPORT} b: ${IMPORT} }`,
      `mutation { ${many(15, (i) => `a${i}: ${IMPORT}`)} }`,
      `mutation { a: ${IMPORT} ...F } fragment F on Mutation { b: ${IMPORT} }`,
      `fragment F on Mutation { b: ${IMPORT} } mutation { a: ${IMPORT} ...F }`,
      `fragment F on Mutation { b: ${IMPORT} } fragment G on Mutation { a: ${IMPORT} } mutation { ...F ...G }`,
      `fragment G on Mutation { ... on Mutation { ...F } } fragment F on Mutation { b: ${IMPORT} }
       mutation { ... @include(if: true) { a: ${IMPORT} } ...G }`,
    ],
  },
];

/** Returns nested fields. The limits also count unknown fields. */
function deep(levels: number): string {
  return `${"{ a ".repeat(levels)}${"}".repeat(levels)}`;
}

/** Fragments that each spread the next one twice: 2 to the power of `links` fields. */
function doubling(links: number): string {
  const link = (i: number) =>
    `fragment F${i} on Query { ${i === links ? "__typename" : `...F${i + 1} ...F${i + 1}`} }`;
  return `{ ...F0 } ${many(links + 1, link)}`;
}

/** A chain of fragments, one field deeper each. */
function nested(levels: number): string {
  const link = (i: number) =>
    `fragment F${i || ""} on Query { a ${i === levels - 1 ? "" : `{ ...F${i + 1} }`} }`;
  return many(levels, link);
}

/** Returns the error messages of each of the three transports for a document. */
async function overEachTransport(
  app: TestApp,
  query: string,
  token: string,
  variables: Record<string, unknown> = {},
): Promise<Record<"post" | "sse" | "websocket", string[]>> {
  await using server = await listenWithWebSockets(app);
  await using ws = await WsClient.open(server.wsUrl, { params: { authorization: `Bearer ${token}` } });
  ws.subscribe("1", query, variables);
  const { type, payload } = await ws.next();
  const told = (type === "error" ? payload : (payload as { errors?: unknown }).errors ?? []) as {
    message: string;
  }[];
  const messages = (errors: { message: string }[]) => errors.map((error) => error.message);
  const sse = { token, variables, headers: { accept: "text/event-stream" } };
  return {
    post: messages((await post(app, query, { token, variables })).errors),
    sse: messages((await post(app, query, sse)).errors),
    websocket: messages(told),
  };
}

for (const { limit, says, kept, broken } of LIMITS) {
  onPglite(`R39: ${limit}, over POST, SSE and WebSocket`, async (database) => {
    await using app = await startApp({ database });
    const token = await app.operatorToken();
    for (const query of kept) {
      assert.deepEqual(
        await overEachTransport(app, query, token),
        { post: [], sse: [], websocket: [] },
        query,
      );
    }
    for (const query of broken) {
      for (const [transport, messages] of Object.entries(await overEachTransport(app, query, token))) {
        assert.ok(messages.some((message) => says.test(message)), `${transport}: ${messages}: ${query}`);
      }
    }
    // An ordinary refusal: the status is 4xx, not 5xx.
    const headers = { accept: "application/graphql-response+json" };
    const { status, errors } = await post(app, broken[0] ?? "", { token, headers });
    assert.equal(status, 400);
    assert.match(errors[0]?.extensions?.code ?? "", /^GRAPHQL_(VALIDATION|PARSE)_FAILED$/);
    assert.equal((await post(app, broken[0] ?? "", { token })).status, 200);
    assert.equal(app.services.metrics.recent("failures", app.services.now()), 0);
    assert.equal(app.modal.calls.filter(({ method }) => method !== "ClientHello").length, 0);
  });
}

onPglite("R39: page sizes in variables count like those in the document", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken();
  const pages = (count: number) =>
    `query ($n: Int = 500) { ${many(count, (i) => `a${i}: events(last: $n) { nodes { id } }`)} }`;
  assert.deepEqual((await post(app, pages(5), { token })).errors, []);
  assert.deepEqual((await post(app, pages(15), { token, variables: { n: 100 } })).errors, []);
  for (const variables of [{}, { n: 500 }]) {
    for (const accept of ["application/json", "text/event-stream"]) {
      const { errors, data } = await post(app, pages(6), { token, variables, headers: { accept } });
      assert.match(errors[0]?.message ?? "", /up to 5000 objects in total/, accept);
      assert.equal(data, undefined);
    }
  }
  const inEach = "{ ... on ModalTokenFlow { user { id } steps { name } failure { code } } }";
  const nodes = many(15, (i) => `a${i}: nodes(ids: $ids) ${inEach}`);
  const ids = Array.from({ length: 100 }, () => "x");
  const { errors } = await post(app, `query ($ids: [ID!]! = ${JSON.stringify(ids)}) { ${nodes} }`, { token });
  assert.match(errors[0]?.message ?? "", /up to 5000 objects in total/, "a list as the default");
  await using server = await listenWithWebSockets(app);
  await using ws = await WsClient.open(server.wsUrl, { params: { authorization: `Bearer ${token}` } });
  ws.subscribe("1", pages(6), { n: 500 });
  assert.match(JSON.stringify((await ws.next()).payload), /up to 5000 objects in total/);
});

onPglite("R39: a field that costs much for each object counts as many objects", async (database) => {
  await using app = await startApp({ database });
  const { flow } = await requestCode(app, "ada@example.test");
  const read = async (part: string, aliases: number, length: number) => {
    const nodes = many(aliases, (i) => `a${i}: nodes(ids: $ids) { ... on ${part} }`);
    const variables = { ids: Array.from({ length }, () => flow.id) };
    return await post(app, `query ($ids: [ID!]!) { ${nodes} }`, { variables });
  };
  for (const part of ["EmailCodeFlow { resendAt }", "GoogleAuthorizationFlow { resume }"]) {
    assert.deepEqual((await read(part, 1, 49)).errors, []);
    for (const [aliases, length] of [[1, 50], [15, 4], [15, 100]] as const) {
      const { errors, data } = await read(part, aliases, length);
      assert.match(errors[0]?.message ?? "", /up to 5000 objects in total/, `${part} ${aliases} × ${length}`);
      assert.equal(data, undefined);
    }
  }
});

onPglite("R39: ten thousand aliases are refused quickly", async (database) => {
  await using app = await startApp({ database });
  const query = `{${many(10_000, (i) => `${(12_960 + i).toString(36)}:a`)}}`;
  const begun = performance.now();
  const { status, errors } = await post(app, query);
  assert.notEqual(status, 413);
  assert.match(errors[0]?.message ?? "", /Token limit/);
  assert.ok(performance.now() - begun < 2_000);
});

onPglite("R39: a body may have 64 KiB, with or without a content-length", async (database) => {
  await using app = await startApp({ database });
  await using server = listen(app);
  const body = (bytes: number) => {
    const start = '{"query":"{ __typename }","variables":{"a":"';
    return `${start}${"x".repeat(bytes - start.length - 3)}"}}`;
  };
  const chunked = (text: string) => new Blob([text]).stream();
  const send = async (body: string | ReadableStream<Uint8Array>) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(server.url, { method: "POST", headers, body });
    return [response.status, (await response.json()).data?.__typename];
  };
  const limit = 64 * 1024;
  assert.equal(body(limit).length, limit);
  assert.deepEqual(await send(body(limit)), [200, "Query"]);
  assert.deepEqual(await send(chunked(body(limit))), [200, "Query"]);
  assert.deepEqual(await send(body(limit + 1)), [413, undefined]);
  assert.deepEqual(await send(chunked(body(limit + 1))), [413, undefined]);
});

onPglite("R39: batches and uploads are refused", async (database) => {
  await using app = await startApp({ database });
  const send = (body: BodyInit, headers: Record<string, string>) =>
    ask(app, new Request(ENDPOINT, { method: "POST", headers, body }));
  const batch = JSON.stringify([{ query: "{ __typename }" }, { query: "{ __typename }" }]);
  const batched = await send(batch, { "content-type": "application/json" });
  assert.equal(batched.status, 400);
  assert.match(batched.text, /Batching is not supported/);
  const form = new FormData();
  form.set("operations", JSON.stringify({ query: "{ __typename }" }));
  form.set("map", "{}");
  const upload = await send(form, {});
  assert.ok(upload.status >= 400 && upload.status < 500, `${upload.status}`);
  assert.doesNotMatch(upload.text, /"data"/);
});

const PROBES: [name: string, query: string, variables?: Record<string, unknown>][] = [
  ["a field", "{ serve { version } }"],
  ["an argument", "{ flow(i: 1) { id } }"],
  ["a type", "{ flows { nodes { ... on ModalTokenFlo { id } } } }"],
  ["a fragment", "{ flows { nodes { webUrl } } }"],
  ["an enum's value", `mutation { createOperator(name: "x", role: REED) { __typename } }`],
  [
    "a variable's value",
    'mutation ($r: OperatorRole) { createOperator(name: "x", role: $r) { __typename } }',
    {
      r: "REED",
    },
  ],
  [
    "a variable's field",
    "mutation ($i: StartModalTokenFlowInput) { startModalTokenFlow(input: $i) { __typename } }",
    {
      i: { wai: true },
    },
  ],
];

onPglite("R39: errors suggest names only in development", async (database) => {
  const keys = newKeyring();
  for (const development of [false, true]) {
    await using app = await startApp({ database, keys, development });
    const token = await app.operatorToken();
    for (const [name, query, variables = {}] of PROBES) {
      const answers = await overEachTransport(app, query, token, variables);
      for (const [transport, messages] of Object.entries(answers)) {
        assert.ok(messages.length > 0, name);
        const told = messages.some((message) => /did you mean/i.test(message));
        assert.equal(told, development, `${name} over ${transport}: ${messages}`);
      }
    }
  }
});

onPglite("R39: introspection and GraphiQL work only in development", async (database) => {
  const keys = newKeyring();
  for (const development of [false, true]) {
    await using app = await startApp({ database, keys, development });
    const token = await app.operatorToken();
    for (
      const query of [
        "{ __schema { types { name } } }",
        "{ __schema { __typename } }",
        `{ __type(name: "Query") { name fields { name } } }`,
        `{ __type(name: "Query") { kind } }`,
        `{ __type(name: "Query") { ...F } } fragment F on __Type { fields { name } }`,
        `{ __type(name: "Query") { ... { inputFields { name } } } }`,
        "{ ...F } fragment F on Query { __schema { directives { name } } }",
      ]
    ) {
      const { errors, data } = await post(app, query, { token });
      assert.equal(errors.length > 0, !development);
      assert.equal(data != null, development);
    }
    const page = await ask(app, new Request(ENDPOINT, { headers: { accept: "text/html" } }));
    assert.equal(/GraphiQL/i.test(page.text), development);
    assert.equal(page.text.includes('"shouldPersistHeaders":false'), development);
    assert.equal(page.status, development ? 200 : 406);
  }
});

onPglite("R39: a document over a limit is refused before the token is checked", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken();
  for (const query of LIMITS.flatMap(({ broken }) => broken)) await post(app, query, { token });
  const { metrics, now } = app.services;
  assert.equal(metrics.recent("tokenValidations", now()), 0);
  await post(app, "{ __typename }", { token });
  assert.equal(metrics.recent("tokenValidations", now()), 1);
});
