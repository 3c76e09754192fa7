import assert from "node:assert/strict";
import { buildSchema } from "../../schema/schema.ts";
import { newKeyring, startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { newPerson } from "../support/people.ts";
import { WsClient } from "../support/web_socket_client.ts";
import { ask, ENDPOINT, listenWithWebSockets, post } from "../support/wire.ts";

/**
 * Every field that checks or mails a credential. An operation may contain only one, so that a request is one guess. The
 * arguments are wrong, so that accepted requests change nothing.
 */
const CHECKS: Record<string, string> = {
  confirmTotp: '(input: { enrolmentId: "x", code: "x" })',
  finishPasskeyRegistration: '(input: { ceremonyId: "x", response: {} })',
  registerWithPasskey: '(input: { ceremonyId: "x", response: {} })',
  signInWithPasskey: '(input: { ceremonyId: "x", response: {} })',
  verifySecondFactor: '(input: { flowId: "x", totp: "123456" })',
  changePassword: '(input: { currentPassword: "wrong", newPassword: "a horse of another colour" })',
  completeGoogleAuthorization: '(input: { state: "spg_wrong", code: "wrong" })',
  importGoogleCredential: '(input: { refreshToken: "" })',
  importModalCredential: '(tokenId: "ak-1", tokenSecret: "as-1")',
  refreshSession: '(input: { refreshToken: "spr_wrong" })',
  register: '(input: { username: "-", password: "a horse of another colour" })',
  requestEmailVerification: '(email: "nobody")',
  requestEmailCode: '(input: { email: "nobody" })',
  requestPasswordReset: '(email: "nobody")',
  resetPassword: '(input: { token: "spw_wrong", newPassword: "a horse of another colour" })',
  signInWithPassword: '(input: { identifier: "ada", password: "wrong" })',
  signInAsGuest: "(input: { transport: COOKIE })",
  signInWithGoogle: '(input: { token: "x" })',
  verifyEmail: '(token: "spv_wrong")',
  verifyEmailCode: '(input: { flowId: "x", code: "x" })',
};

const SAYS = /may have only one field that checks a credential/;

const call = (field: string) => `${field}${CHECKS[field]} { __typename }`;

Deno.test("R39: every field that checks a credential is marked in the schema", () => {
  const schema = buildSchema();
  const marked = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
    .flatMap((type) => Object.values(type?.getFields() ?? {}))
    .filter(({ extensions }) => extensions["checksCredential"]).map(({ name }) => name);
  assert.deepEqual(marked.sort(), Object.keys(CHECKS).sort());
});

/** Documents with two checks in one operation, written in every possible way. */
function spellings(one: string, other: string): Record<string, string> {
  const [a, b] = [call(one), call(other)];
  return {
    "aliases": `mutation { a: ${a} b: ${b} }`,
    "an alias and none": `mutation { ${a} b: ${b} }`,
    "an inline fragment": `mutation { a: ${a} ... { b: ${b} } }`,
    "an inline fragment of a type": `mutation { ... on Mutation { a: ${a} } ... on Mutation { b: ${b} } }`,
    "a fragment": `mutation { a: ${a} ...F } fragment F on Mutation { b: ${b} }`,
    "a fragment that comes first": `fragment F on Mutation { b: ${b} } mutation { a: ${a} ...F }`,
    "both in a fragment": `mutation { ...F } fragment F on Mutation { a: ${a} b: ${b} }`,
    "a fragment in a fragment":
      `mutation { a: ${a} ...F } fragment F on Mutation { ... { ...G } } fragment G on Mutation { b: ${b} }`,
    "directives that leave one out": `mutation ($no: Boolean = false) { a: ${a} b: ${
      b.replace(/(?= \{ __typename)/, " @include(if: $no)")
    } }`,
    "the second operation of two": `mutation A { a: ${a} } mutation B { a: ${a} b: ${b} }`,
  };
}

async function assertRefused(app: TestApp, token: string, query: string, what: string): Promise<void> {
  const body = { query, ...(query.includes("mutation B") ? { operationName: "B" } : {}) };
  for (const accept of ["application/json", "text/event-stream"]) {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}`, accept };
    const { data, errors } = await ask(
      app,
      new Request(ENDPOINT, { method: "POST", headers, body: JSON.stringify(body) }),
    );
    assert.equal(data, undefined, what);
    assert.ok(errors.some(({ message }) => SAYS.test(message)), `${what}: ${errors[0]?.message}`);
  }
}

onPglite(
  "R39: an operation may have one field that checks a credential, in any notation",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const { metrics, now } = app.services;
    const before = ["signIns", "signInFailures", "refreshes"].map((name) =>
      metrics.recent(name as "signIns", now())
    );
    const calls = app.modal.calls.length;
    const fields = Object.keys(CHECKS);
    for (const [index, field] of fields.entries()) {
      for (const [how, query] of Object.entries(spellings(field, field))) {
        await assertRefused(app, ada.accessToken, query, `${field} twice, by ${how}`);
      }
      const other = fields[(index + 1) % fields.length] ?? "";
      const [[, mixed]] = Object.entries(spellings(field, other)) as [[string, string]];
      await assertRefused(app, ada.accessToken, mixed, `${field} and ${other}`);
      const many = Array.from({ length: 15 }, (_, each) => `a${each}: ${call(field)}`).join(" ");
      await assertRefused(app, ada.accessToken, `mutation { ${many} }`, `${field} fifteen times`);
    }
    assert.deepEqual(
      ["signIns", "signInFailures", "refreshes"].map((name) => metrics.recent(name as "signIns", now())),
      before,
      "nothing was tried",
    );
    assert.equal(app.modal.calls.length, calls);
    // A single check is accepted in each notation, and so are two operations of which one is executed.
    for (const field of fields) {
      const single = call(field);
      for (
        const query of [
          `mutation { a: ${single} }`,
          `mutation { __typename ...F } fragment F on Mutation { ... { ${single} } }`,
          `mutation A { ${single} } mutation B { ${single} }`,
        ]
      ) {
        const body = JSON.stringify({
          query,
          ...(query.includes("mutation A") ? { operationName: "A" } : {}),
        });
        const headers = { "content-type": "application/json", authorization: `Bearer ${ada.accessToken}` };
        const { data, errors } = await ask(app, new Request(ENDPOINT, { method: "POST", headers, body }));
        assert.deepEqual(errors, [], query);
        assert.match(JSON.stringify(data), /Error"/, "it was tried, and refused for what it is");
      }
    }
    assert.equal(metrics.recent("failures", now()), 0);
  },
);

onPglite("R39: WebSockets, batches and 10,000 aliases allow no further checks", async (database) => {
  await using app = await startApp({ database });
  const { accessToken: token } = await newPerson(app);
  const two = `mutation { a: ${call("signInWithPassword")} b: ${call("signInWithPassword")} }`;
  {
    await using server = await listenWithWebSockets(app);
    await using ws = await WsClient.open(server.wsUrl, { params: { authorization: `Bearer ${token}` } });
    ws.subscribe("1", two);
    const { type, payload } = await ws.next();
    assert.equal(type, "error");
    assert.match(JSON.stringify(payload), SAYS);
  }
  const tried = () => app.services.metrics.recent("signInFailures", app.services.now());
  for (const field of Object.keys(CHECKS)) {
    const each = { query: `mutation { ${call(field)} }` };
    const headers = { "content-type": "application/json" };
    for (const body of [[each, each], [each], Array(500).fill(each)]) {
      const request = new Request(ENDPOINT, { method: "POST", headers, body: JSON.stringify(body) });
      const { status, data } = await ask(app, request);
      assert.ok(status === 400 || status === 413, `${status}`);
      assert.equal(data, undefined);
    }
    // 10,000 distinct aliases in less than the body limit of 64 KiB.
    const aliases = Array.from({ length: 10_000 }, (_, index) => `${(12_960 + index).toString(36)}:a`).join(
      " ",
    );
    const query = `mutation{${call(field)} ${aliases}}`;
    const { status, data, errors } = await post(app, query, { token });
    assert.equal(data, undefined, field);
    if (status !== 413) assert.match(errors[0]?.message ?? "", /Token limit of 1000 exceeded/, field);
  }
  assert.equal(tried(), 0);
});

onPglite("R39: errors suggest field names only in development", async (database) => {
  const keys = newKeyring();
  for (const development of [false, true]) {
    await using app = await startApp({ database, keys, development });
    for (
      const query of [
        'mutation { signInWithPasswor(input: { identifier: "a", password: "b" }) { __typename } }',
        "mutation { refreshSessio { __typename } }",
        'mutation { signInWithPassword(input: { identifie: "a", password: "b" }) { __typename } }',
        'mutation { signInWithPassword(input: { identifier: "a", password: "b", transport: COOKI }) { __typename } }',
        'mutation { signInWithPassword(input: { identifier: "a", password: "b" }) { ... on SignedI { user { id } } } }',
        "{ viewe { id } }",
      ]
    ) {
      const { errors, data } = await post(app, query);
      assert.equal(data, undefined);
      assert.ok(errors.length > 0);
      assert.equal(errors.some(({ message }) => /did you mean/i.test(message)), development, query);
    }
  }
});
