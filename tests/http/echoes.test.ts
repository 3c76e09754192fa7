import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { ask, ENDPOINT, graphqlRequest, listenWithWebSockets, post } from "../support/wire.ts";
import { WsClient } from "../support/web_socket_client.ts";

const SECRET = "hunter2-secret";
const SIGN_IN = "mutation ($i: SignInWithPasswordInput!) { signInWithPassword(input: $i) { __typename } }";
const literal = (input: string) => `mutation { signInWithPassword(input: ${input}) { __typename } }`;

/** A request with the secret in a wrong place. */
type Mistake = { query: string; variables?: Record<string, unknown>; says: RegExp };

const MISTAKES: Mistake[] = [
  ...[[SECRET], { a: SECRET }, 7, true].map((password) => ({
    query: SIGN_IN,
    variables: { i: { identifier: [SECRET], password } },
    says: /Variable "\$i" has an invalid value at "i\.identifier": Expected a value of type "String!"/,
  })),
  {
    query: SIGN_IN,
    variables: { i: { identifier: "ada", password: SECRET, transport: SECRET } },
    says: /at "i\.transport": Expected a value of type "SessionTransport"/,
  },
  {
    query: SIGN_IN,
    variables: { i: { identifier: "ada", password: SECRET, more: 1 } },
    says: /Field "more" is not defined by type "SignInWithPasswordInput"/,
  },
  {
    query: SIGN_IN,
    variables: { i: SECRET },
    says: /Expected type "SignInWithPasswordInput" to be an object/,
  },
  {
    query: "mutation ($u: [ImportUserInput!]!) { importUsers(users: $u) { __typename } }",
    variables: { u: [{ createdAt: SECRET }] },
    says: /at "u\[0\]\.createdAt": DateTime must be ISO 8601 in UTC/,
  },
  {
    query: "query ($n: Int) { users(first: $n) { nodes { id } } }",
    variables: { n: SECRET },
    says: /at "n": Expected a value of type "Int"/,
  },
  {
    query: literal(`{ identifier: ["${SECRET}"], password: "x" }`),
    says: /Expected a value of type "String!?"/,
  },
  {
    query: literal(`{ identifier: "x", password: { a: "${SECRET}" } }`),
    says: /Expected a value of type "String!?"/,
  },
  { query: literal(`"${SECRET}"`), says: /Expected a value of type "SignInWithPasswordInput!"/ },
  {
    query: literal(`{ identifier: "x", password: "x", transport: "${SECRET}" }`),
    says: /Expected a value of type "SessionTransport"/,
  },
  { query: literal(`{ identifier: hunter2, password: "x" }`), says: /Expected a value of type "String!?"/ },
  {
    query: `query ($p: String = ["${SECRET}"]) { users(search: $p) { nodes { id } } }`,
    says: /Expected a value of type "String"/,
  },
  // Given null, the variable does not fit, and execution would quote the whole argument.
  {
    query: `mutation ($n: String = "ada") {
      signInWithPassword(input: { identifier: $n, password: "${SECRET}" }) { __typename } }`,
    variables: { n: null },
    says: /./,
  },
  { query: `{ viewer("${SECRET}") }`, says: /Syntax Error: Expected Name, found String$/ },
  { query: `{ users(search: "x" "${SECRET}") { id } }`, says: /Syntax Error: Expected Name, found String$/ },
  { query: `{ users(search: hunter2"`, says: /Syntax Error/ },
  { query: `{ users(search: "\\hunter2") { id } }`, says: /Syntax Error: Invalid character escape sequence/ },
  { query: `"${SECRET}"`, says: /Syntax Error: Unexpected/ },
];

const messagesOf = (errors: unknown) => (errors as { message: string }[]).map(({ message }) => message);

/** Returns the error messages of each transport. */
async function told(app: TestApp, ws: WsClient, id: string, { query, variables }: Mistake) {
  const sent = { variables: variables ?? {} };
  const json = await post(app, query, sent);
  const sse = await post(app, query, { ...sent, headers: { accept: "text/event-stream" } });
  ws.subscribe(id, query, variables);
  const { type, payload } = await ws.next();
  const errors = type === "error" ? payload : (payload as { errors: unknown }).errors;
  if (type !== "error") await ws.next();
  return [
    { text: json.text, messages: messagesOf(json.errors) },
    { text: sse.text, messages: messagesOf(sse.errors) },
    { text: JSON.stringify(payload), messages: messagesOf(errors) },
  ];
}

for (const development of [false, true]) {
  const where = development ? "in development" : "in production";
  onPglite(`R52: no error repeats a value of the input, ${where}`, async (database) => {
    await using app = await startApp({ database, development });
    await using server = await listenWithWebSockets(app);
    await using ws = await WsClient.open(server.wsUrl);
    for (const [index, mistake] of MISTAKES.entries()) {
      for (const { text, messages } of await told(app, ws, `${index}`, mistake)) {
        assert.doesNotMatch(text, /hunter2/, mistake.query);
        assert.match(messages.join("\n"), mistake.says, mistake.query);
      }
    }
  });
}

/** Nearly the maximum length of a body. */
const LONG = 60_000;

const long = (text: string) => text.repeat(LONG / text.length);

onPglite("R52: no error repeats more than 200 characters of the input", async (database) => {
  await using app = await startApp({ database });
  const json = (body: unknown) =>
    new Request(ENDPOINT, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const x = long("x");
  const requests = [
    json({ query: "{ __typename }", [x]: 1 }),
    json({ query: "{ __typename }", [long(" Did you mean ")]: 1 }),
    json({ query: "query A { __typename } query B { __typename }", operationName: x }),
    json(`{"query": ${x}`),
    ...[
      `{ ${x} }`,
      `{ ${x}: viewer { nothing } }`,
      `{ viewer(${x}: 1) { id } }`,
      `{ viewer { ...${x} } }`,
      `{ viewer { ... on ${x} { id } } }`,
      `query ($v: ${x}) { __typename }`,
      `query ($${x}: Int) { __typename }`,
      `{ viewer @${x} { id } }`,
      `{ viewer "${x}" }`,
      `{ viewer ${long("1")}`,
      `{ users(search: {${x}: 1}) { nodes { id } } }`,
      literal(`{ ${x}: 1 }`),
    ].map((query) => json({ query })),
    graphqlRequest(SIGN_IN, { variables: { i: { [x]: 1 } } }),
    graphqlRequest(SIGN_IN, { variables: { i: { [long(" got invalid value ")]: 1 } } }),
    graphqlRequest(SIGN_IN, { variables: { i: { identifier: "a", password: [x] } } }),
  ];
  for (const [index, request] of requests.entries()) {
    const { status, errors, text } = await ask(app, request);
    assert.ok(errors.length > 0, `${index}: ${status} ${text.slice(0, 300)}`);
    for (const { message } of errors) assert.ok(message.length <= 200, `${index}: ${message.length}`);
    assert.ok(text.length < 2_000, `${index}: ${text.length} ${text.slice(0, 300)}`);
  }
});
