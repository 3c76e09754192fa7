import assert from "node:assert/strict";
import { newToken, randomBytes } from "../../src/lib/crypto.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { dump, leaks } from "../support/secrets.ts";
import { everythingOf, post } from "../support/wire.ts";

const CREATE = `mutation ($name: String!, $role: OperatorRole, $days: Int) {
  createOperator(name: $name, role: $role, days: $days) {
    __typename
    ... on OperatorCreated { token operator { id name role createdAt expiresAt lastUsedAt revokedAt } }
    ... on AuthError { code message actionRequired }
  } }`;
const REVOKE = `mutation ($id: ID!) { revokeOperator(id: $id) {
  __typename ... on Done { ok message } ... on AuthError { code message } } }`;

type Operator = {
  id: string;
  name: string;
  role: string;
  createdAt: string;
  expiresAt: string;
  lastUsedAt: string | null;
  revokedAt: string | null;
};
type Created = { __typename: string; token: string; operator: Operator; code?: string; message?: string };

async function create(app: TestApp, token: string, variables: Record<string, unknown>): Promise<Created> {
  const { data, errors } = await post(app, CREATE, { token, variables });
  assert.deepEqual(errors, []);
  return data?.["createOperator"] as Created;
}

async function revoke(app: TestApp, token: string, id: string): Promise<{ ok?: boolean; code?: string }> {
  const { data } = await post(app, REVOKE, { token, variables: { id } });
  return data?.["revokeOperator"] as { ok?: boolean; code?: string };
}

async function list(app: TestApp, token: string): Promise<Operator[]> {
  const { data } = await post(
    app,
    "{ operators { id name role createdAt expiresAt lastUsedAt revokedAt } }",
    { token },
  );
  return data?.["operators"] as Operator[];
}

/** The error code for a token, or "taken" if it is accepted. */
async function accessOf(app: TestApp, token: string): Promise<string | undefined> {
  const { errors } = await post(app, "{ server { version } }", { token });
  return errors.length === 0 ? "taken" : errors[0]?.extensions?.code;
}

onEachDatabase("an operator can be created, used, listed and revoked", async (database) => {
  await using app = await startApp({ database });
  const boss = await app.operatorToken("REVEAL");
  const { token, operator } = await create(app, boss, { name: "ada", role: "READ", days: 7 });
  assert.match(token, /^spo_[\w-]{48}$/);
  const { createdAt, expiresAt, ...rest } = operator;
  assert.equal(Date.parse(expiresAt) - Date.parse(createdAt), 7 * 24 * 3600 * 1000);
  assert.deepEqual(rest, { id: operator.id, name: "ada", role: "READ", lastUsedAt: null, revokedAt: null });
  assert.equal(await accessOf(app, token), "taken");
  const [newest, ...others] = await list(app, boss);
  assert.equal(newest?.id, operator.id);
  assert.ok(newest?.lastUsedAt !== null);
  assert.equal(others.length, 1);

  assert.equal((await revoke(app, boss, operator.id)).ok, true);
  assert.equal((await revoke(app, boss, operator.id)).ok, true, "twice changes nothing");
  assert.equal(await accessOf(app, token), "UNAUTHENTICATED");
  assert.notEqual((await list(app, boss))[0]?.revokedAt, null);
  // Events contain operators' names, so a name is never reused, not even after revocation.
  assert.equal((await create(app, boss, { name: "ada" })).code, "INVALID_INPUT");
  assert.equal((await create(app, boss, { name: "bob" })).operator.role, "OPERATE");
  await app.services.eventLog.settled();
  const { data } = await post(
    app,
    '{ events(types: ["operator.created", "operator.revoked"]) { nodes { type data } } }',
    {
      token: boss,
    },
  );
  assert.deepEqual((data?.["events"] as { nodes: { type: string }[] }).nodes.map(({ type }) => type), [
    "operator.created",
    "operator.created",
    "operator.revoked",
    "operator.created",
  ]);
});

onEachDatabase("R32: a token is stored only as a hash, in every table", async (database) => {
  await using app = await startApp({ database });
  const boss = await app.operatorToken();
  const { token, operator } = await create(app, boss, { name: "ada" });
  const text = await dump(app.services);
  assert.ok(text.includes(operator.id));
  const raw = Uint8Array.fromBase64(token.slice(4), { alphabet: "base64url" });
  assert.deepEqual(leaks(text, [token, token.slice(4), raw, raw.subarray(0, 32)]), []);
});

onPglite("an operator cannot create or revoke a role above their own", async (database) => {
  await using app = await startApp({ database });
  const reveal = await app.operatorToken("REVEAL");
  const make = (role: string) => create(app, reveal, { name: role.toLowerCase(), role, days: 30 });
  const { token: operate, operator: { expiresAt } } = await make("OPERATE");
  const { token: read } = await make("READ");
  const outcome = async (token: string, role: string, days = 1) => {
    const { __typename, code } = await create(app, token, {
      name: `n${crypto.randomUUID().slice(0, 8)}`,
      role,
      days,
    });
    return code ?? __typename;
  };
  for (const role of ["READ", "OPERATE", "REVEAL"]) assert.equal(await outcome(read, role), "FORBIDDEN");
  assert.equal(await outcome(operate, "READ"), "OperatorCreated");
  assert.equal(await outcome(operate, "OPERATE"), "OperatorCreated");
  assert.equal(await outcome(operate, "REVEAL"), "FORBIDDEN");
  assert.equal(await outcome(reveal, "REVEAL"), "OperatorCreated");
  // Without REVEAL, a new token expires no later than the creator's token.
  const heir = async (token: string, name: string) =>
    (await create(app, token, { name, role: "READ", days: 31 })).operator.expiresAt;
  assert.equal(await heir(operate, "heir"), expiresAt);
  assert.ok(await heir(reveal, "other") > expiresAt);

  const chief = (await create(app, reveal, { name: "chief", role: "REVEAL" })).operator.id;
  assert.equal((await revoke(app, operate, chief)).code, "FORBIDDEN");
  assert.equal((await revoke(app, read, chief)).code, "FORBIDDEN");
  assert.equal((await revoke(app, reveal, chief)).ok, true);
  assert.equal((await revoke(app, reveal, "opr_01jd0000000000000000000000")).code, "INVALID_INPUT");
  assert.equal((await revoke(app, reveal, "x' or '1'='1")).code, "INVALID_INPUT");
});

onPglite("invalid names, invalid days and taken names are refused", async (database) => {
  await using app = await startApp({ database });
  const boss = await app.operatorToken();
  const refused = async (variables: Record<string, unknown>, says: RegExp) => {
    const { code, message = "" } = await create(app, boss, variables);
    assert.equal(code, "INVALID_INPUT", JSON.stringify(variables));
    assert.match(message, says);
  };
  for (const name of ["", " ", "-x", ".x", "a b", "a\n", "ä", "a".repeat(65), "a;drop"]) {
    await refused({ name }, /a name is/);
  }
  for (const days of [0, -1, 3651, 2 ** 31 - 1]) await refused({ name: "ada", days }, /days must be/);
  const longest = "a".repeat(64);
  assert.equal((await create(app, boss, { name: longest, days: 3650 })).operator.name, longest);
  await refused({ name: longest }, /is taken/);
  const atOnce = await Promise.all(Array.from({ length: 5 }, () => create(app, boss, { name: "twin" })));
  assert.equal(atOnce.filter(({ code }) => code === undefined).length, 1);
});

onEachDatabase(
  "a token that is expired, revoked, unknown or malformed is answered alike",
  async (database) => {
    await using app = await startApp({ database });
    const boss = await app.operatorToken();
    const { token } = await create(app, boss, { name: "brief", days: 1 });
    const answers = new Set<string>();
    const refusal = async (token: string) => {
      answers.add(JSON.stringify(everythingOf(await post(app, "{ server { version } }", { token }))));
    };
    assert.equal(await accessOf(app, token), "taken");
    app.clock.advance(24 * 3600 + 1);
    const gone = await create(app, await app.operatorToken(), { name: "gone" });
    await revoke(app, await app.operatorToken(), gone.operator.id);
    for (const bad of [token, gone.token, newToken("spo", randomBytes).token, ...malformed(token)]) {
      await refusal(
        bad,
      );
    }
    assert.equal(answers.size, 1, [...answers].join("\\n"));
    assert.match([...answers][0] ?? "", /UNAUTHENTICATED/);
  },
);

/** Malformed tokens: each has a missing or wrong checksum. */
function malformed(token: string): string[] {
  const other = token.endsWith("A") ? "B" : "A";
  return [
    `${token.slice(0, -1)}${other}`,
    `${token.slice(0, 10)}${token[10] === "A" ? "B" : "A"}${token.slice(11)}`,
    token.slice(4),
    token.toUpperCase(),
    `${token}=`,
    `${token}A`,
    token.replace("spo_", "sps_"),
    newToken("sps", randomBytes).token,
    "spo_",
    "x",
    "a".repeat(7_000),
  ];
}

onPglite("a malformed token costs no query", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken();
  const bad = malformed(token);
  const spent = async (tokens: string[]) => {
    const before = statements(app);
    for (const each of tokens) await post(app, "{ __typename }", { token: each });
    return statements(app) - before;
  };
  await app.services.eventLog.settled();
  // Background work causes a few queries, but far fewer than one per request.
  const thousand = Array.from({ length: 1_000 }, (_, index) => bad[index % bad.length] ?? "");
  assert.ok(await spent(thousand) < 300);
  assert.ok(await spent(Array.from({ length: 300 }, () => newToken("spo", randomBytes).token)) >= 300);
});

const statements = ({ services: { metrics, now } }: TestApp) => metrics.recent("databaseOperations", now());

onPglite("the last use is recorded with a precision of one minute", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken();
  const lastUsed = async () => (await list(app, token))[0]?.lastUsedAt;
  const first = await lastUsed();
  app.clock.advance(50);
  assert.equal(await lastUsed(), first);
  app.clock.advance(11);
  assert.ok((await lastUsed() ?? "") > (first ?? ""));
});
