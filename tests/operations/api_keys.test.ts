import assert from "node:assert/strict";
import { newToken, randomBytes } from "../../src/lib/crypto.ts";
import { SYSTEM } from "../../src/events/events.ts";
import { createOperator } from "../../src/operations/operators/operators.ts";
import { expireApiKeys } from "../../src/operations/api_keys/expire_api_keys.ts";
import { createKey, listKeys, revokeKey } from "../support/api_keys.ts";
import { newKeyring, startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { times, within } from "../support/eventually.ts";
import { subscribe } from "../support/live.ts";
import { mutate, newPerson } from "../support/people.ts";
import { rolesIn, setRoles } from "../support/roles.ts";
import { captureLogs, dump, leaks } from "../support/secrets.ts";
import { measured, roundTripsOf } from "../support/statements.ts";
import { ENDPOINT, post } from "../support/wire.ts";

const DAY = 24 * 60 * 60;

/** Returns the error code of a query with this key, or "taken" if it succeeds. */
async function accessOf(app: TestApp, key: string): Promise<string | undefined> {
  const { errors } = await post(app, "{ users { nodes { id } } }", { token: key });
  return errors.length === 0 ? "taken" : errors[0]?.extensions?.code;
}

/** Returns the events of API keys, oldest first. */
async function keyEvents(
  app: TestApp,
): Promise<{ type: string; actor: string; data: Record<string, unknown> }[]> {
  await app.services.eventLog.settled();
  const types = ["created", "expiring", "expired", "revoked"].map((what) => `api_key.${what}`);
  const { data } = await post(
    app,
    "query ($types: [String!]) { events(types: $types) { nodes { type actor data } } }",
    { token: await app.operatorToken("READ"), variables: { types } },
  );
  return (data?.["events"] as { nodes: [] }).nodes;
}

onEachDatabase("an API key can be created, used, listed and revoked", async (database) => {
  await using app = await startApp({ database });
  const boss = await app.operatorToken("REVEAL");
  const ada = await newPerson(app);
  const created = await createKey(app, boss, {
    name: "crm",
    scopes: ["users:write", "users:read"],
    days: 30,
  });
  const { key, apiKey: { createdAt, expiresAt, ...apiKey } } = created;
  assert.match(key, /^spk_[\w-]{48}$/);
  assert.equal(Date.parse(expiresAt ?? "") - Date.parse(createdAt), 30 * DAY * 1000);
  assert.deepEqual(apiKey, {
    id: apiKey.id,
    name: "crm",
    prefix: key.slice(0, 12),
    scopes: ["users:read", "users:write"],
    owner: null,
    createdBy: { name: apiKey.createdBy?.name, revokedAt: null },
    lastUsedAt: null,
  });
  const { data } = await post(app, "query ($id: ID!) { user(id: $id) { username } }", {
    token: key,
    variables: { id: ada.id },
  });
  assert.deepEqual(data, { user: { username: ada.username } });
  assert.deepEqual((await setRoles(app, key, ada.id, ["admin"])).user.roles, ["admin"]);
  const [listed] = await listKeys(app, boss);
  assert.equal(listed?.id, apiKey.id);
  assert.ok(listed.lastUsedAt !== null);

  assert.equal((await revokeKey(app, boss, apiKey.id)).__typename, "Done");
  assert.equal(await accessOf(app, key), "UNAUTHENTICATED");
  assert.equal((await revokeKey(app, boss, apiKey.id)).__typename, "ApiKeyNotFoundError");
  assert.deepEqual(await listKeys(app, boss), []);

  const [first, second] = await keyEvents(app);
  assert.deepEqual([first?.type, second?.type], ["api_key.created", "api_key.revoked"]);
  assert.equal(first?.actor, `operator:${apiKey.createdBy?.name}`);
  assert.deepEqual([first?.data["name"], first?.data["apiKeyId"]], ["crm", apiKey.id]);
  const changed = await post(app, '{ events(types: ["user.roles_changed"]) { nodes { actor } } }', {
    token: boss,
  });
  assert.deepEqual(changed.data?.["events"], { nodes: [{ actor: `api_key:${apiKey.id}` }] });
  assert.deepEqual(rolesIn(ada.accessToken), [], "an old token stays as it was");
});

onEachDatabase("a key outlives its revoked creator, and operators see that", async (database) => {
  await using app = await startApp({ database });
  const { operator, token } = await createOperator(app.services, SYSTEM, {
    name: "eve",
    role: "REVEAL",
    days: 1,
  });
  const kept = await createKey(app, token.reveal(), { name: "crm" });
  const ended = await createKey(app, token.reveal(), { name: "prometheus" });
  const boss = await app.operatorToken();
  await createKey(app, boss, { name: "other" });
  await revokeKey(app, boss, ended.apiKey.id);
  const { message } = await mutate(
    app,
    "mutation ($id: ID!) { revokeOperator(id: $id) { ... on Done { message } } }",
    { token: boss, variables: { id: operator.id } },
  );
  assert.equal(message, "Revoked. API keys of this operator stay valid: crm");
  assert.equal(await accessOf(app, kept.key), "taken");
  const creators = (await listKeys(app, boss)).map(({ name, createdBy }) =>
    [name, createdBy?.name === "eve", createdBy?.revokedAt != null] as const
  );
  assert.deepEqual(creators, [["other", false, false], ["crm", true, true]]);
});

onEachDatabase("R32: an API key is in no table, no event and no log", async (database) => {
  await using logs = await captureLogs();
  await using app = await startApp({ database });
  const boss = await app.operatorToken("REVEAL");
  const { key, apiKey } = await createKey(app, boss, { scopes: ["users:read", "events:read"] });
  assert.equal(await accessOf(app, key), "taken");
  const { text } = await post(app, "{ events(last: 50) { nodes { type actor data } } }", { token: key });
  await revokeKey(app, boss, apiKey.id);
  assert.equal(await accessOf(app, key), "UNAUTHENTICATED");
  const raw = Uint8Array.fromBase64(key.slice(4), { alphabet: "base64url" });
  const secrets = [key, key.slice(4), raw, raw.subarray(0, 32)];
  for (const place of [await dump(app.services), text, logs.text()]) {
    assert.deepEqual(leaks(place, secrets), []);
  }
  assert.equal(leaks(`x${key}`, secrets).length, 4, "the search works");
});

onEachDatabase(
  "an expired key is refused at once, and events announce and record its end",
  async (database) => {
    await using app = await startApp({ database });
    const brief = await createKey(app, await app.operatorToken("REVEAL"), { name: "brief", days: 7 });
    const longer = await createKey(app, await app.operatorToken("REVEAL"), { name: "longer", days: 9 });
    const endless = await createKey(app, await app.operatorToken("REVEAL"), { name: "endless" });
    assert.equal(endless.apiKey.expiresAt, null);
    const happened = async () => {
      for (let run = 0; run < 2; run++) await expireApiKeys(app.services);
      const events = (await keyEvents(app)).filter(({ type }) => type !== "api_key.created");
      return events.map(({ type, data }) => `${type} ${data["name"]}`);
    };
    assert.deepEqual(await happened(), []);
    app.clock.advance(2 * DAY + 1);
    assert.deepEqual(await happened(), ["api_key.expiring longer"]);
    app.clock.advance(5 * DAY);
    assert.equal(await accessOf(app, brief.key), "UNAUTHENTICATED", "before it is swept");
    assert.deepEqual((await listKeys(app, await app.operatorToken())).map(({ name }) => name), [
      "endless",
      "longer",
    ]);
    assert.deepEqual(await happened(), ["api_key.expiring longer", "api_key.expired brief"]);
    assert.equal(await accessOf(app, longer.key), "taken");
    app.clock.advance(3_000 * DAY);
    assert.equal((await happened()).at(-1), "api_key.expired longer");
    assert.equal(await accessOf(app, endless.key), "taken");
  },
);

const EVENTS = 'subscription { events(types: ["user.registered"]) { type } }';

onPostgres("a subscription ends when its key is revoked on another instance", async (database) => {
  const keys = newKeyring();
  await using one = await startApp({ database, keys });
  await using other = await startApp({ database, keys });
  const boss = await one.operatorToken("REVEAL");
  const [mine, another] = await times(2, () => createKey(one, boss, { scopes: ["events:read"] }));
  const live = await subscribe(other.fetch, EVENTS, { token: mine?.key });
  const stays = await subscribe(other.fetch, EVENTS, { token: another?.key });
  await newPerson(one);
  assert.deepEqual(await live.value(), { events: { type: "user.registered" } });
  await revokeKey(one, boss, mine?.apiKey.id ?? "");
  assert.deepEqual(await within("it ends", live.cutShort()), { reason: "SESSION_ENDED", values: [] });
  await stays.value();
  await newPerson(one);
  assert.deepEqual(await stays.value(), { events: { type: "user.registered" } }, "of another key");
  await stays.leave();
});

onPglite("a subscription ends when its key expires", async (database) => {
  await using app = await startApp({ database });
  const boss = await app.operatorToken("REVEAL");
  const { key } = await createKey(app, boss, { scopes: ["events:read"], days: 1 });
  app.clock.advance(DAY - 1);
  const live = await subscribe(app.fetch, EVENTS, { token: key });
  assert.equal((await live.cutShort()).reason, "TOKEN_EXPIRED");
});

onPglite("a key has a limited number of subscriptions and requests", async (database) => {
  await using app = await startApp({ database, env: { LIMIT_REQUESTS_PER_API_KEY_HOUR: "30" } });
  const boss = await app.operatorToken("REVEAL");
  const [one, other] = await times(2, () => createKey(app, boss, { scopes: ["events:read", "users:read"] }));
  const open = await times(20, () => subscribe(app.fetch, EVENTS, { token: one?.key }));
  const tooMany = await subscribe(app.fetch, EVENTS, { token: one?.key });
  assert.deepEqual(await tooMany.refusal(), ["RATE_LIMITED"]);
  for (const live of open) await live.leave();
  const codes = [];
  for (let request = 0; request < 10; request++) codes.push(await accessOf(app, one?.key ?? ""));
  assert.deepEqual(codes, [...Array(9).fill("taken"), "RATE_LIMITED"]);
  assert.equal(await accessOf(app, other?.key ?? ""), "taken", "another key has its own limit");
});

onPglite("without the role REVEAL, a key expires no later than its creator's token", async (database) => {
  await using app = await startApp({ database });
  // Test operators' tokens are valid for one day.
  const limited = await createKey(app, await app.operatorToken("OPERATE"), { days: 30 });
  const endless = await createKey(app, await app.operatorToken("OPERATE"), {});
  for (const { apiKey } of [limited, endless]) {
    const seconds = (Date.parse(apiKey.expiresAt ?? "") - Date.parse(apiKey.createdAt)) / 1000;
    assert.ok(seconds > DAY - 60 && seconds <= DAY, `${seconds}`);
  }
});

onPglite("invalid names, scopes and lifetimes, and too many keys, are refused", async (database) => {
  await using app = await startApp({ database });
  const boss = await app.operatorToken("REVEAL");
  const wrong = [
    ...["", " ", "-x", "a b", "a\n", "ä", "a".repeat(65)].map((name) => ({ name })),
    ...[[], ["users"], ["users:read", "*"], ["USERS:READ"], ["toString"]].map((scopes) => ({ scopes })),
    ...[0, -1, 3651].map((days) => ({ days })),
  ];
  for (const variables of wrong) {
    const { code, message } = await createKey(app, boss, variables);
    assert.equal(code, "INVALID_INPUT", JSON.stringify(variables));
    assert.match(message, /^Cannot create the API key: (a name is|scopes must be|days must be)/);
  }
  const made = [];
  for (let count = 0; count < 96; count++) made.push(await createKey(app, boss, {}));
  const last = await Promise.all(Array.from({ length: 8 }, () => createKey(app, boss, {})));
  assert.equal(last.filter(({ code }) => code === undefined).length, 4, "at once, too");
  assert.equal((await listKeys(app, boss)).length, 100);
  assert.match(last.find(({ code }) => code)?.message ?? "", /there are 100 already/);
  await revokeKey(app, boss, made[0]?.apiKey.id ?? "");
  assert.equal((await createKey(app, boss, {})).code, undefined);
  for (const id of ["key_01jd0000000000000000000000", "x' or '1'='1", boss]) {
    assert.equal((await revokeKey(app, boss, id)).code, "INVALID_INPUT");
  }
});

onEachDatabase(
  "a request with a key costs one statement, and its last use is written once a minute",
  async (database) => {
    await using app = await startApp({ database: measured(database) });
    const boss = await app.operatorToken("REVEAL");
    const { key } = await createKey(app, boss, {});
    const cost = (token: string) => roundTripsOf(() => post(app, "{ __typename }", { token }));
    const lastUsed = async () => (await listKeys(app, boss))[0]?.lastUsedAt ?? "";
    assert.equal(await cost(key), 2, "the first use is written");
    const first = await lastUsed();
    assert.ok(first);
    app.clock.advance(50);
    assert.equal(await cost(key), 1);
    assert.equal(await lastUsed(), first);
    app.clock.advance(11);
    assert.equal(await cost(key), 2);
    assert.ok(await lastUsed() > first);
    const other = key.endsWith("A") ? "B" : "A";
    for (
      const malformed of [
        `${key.slice(0, -1)}${other}`,
        key.slice(0, -1),
        "spk_",
        key.replace("spk_", "spk_x"),
      ]
    ) {
      assert.equal(await cost(malformed), 0, "a malformed key");
      assert.equal(await accessOf(app, malformed), "UNAUTHENTICATED");
    }
    assert.equal(await accessOf(app, newToken("spk", randomBytes).token), "UNAUTHENTICATED");
  },
);

onPglite("Prometheus reads the metrics with a key that has metrics:read", async (database) => {
  await using app = await startApp({ database });
  const boss = await app.operatorToken("REVEAL");
  const status = async (key: string) => {
    const request = new Request(new URL("/metrics", ENDPOINT), {
      headers: { authorization: `Bearer ${key}` },
    });
    const response = await app.fetch(request, {
      remoteAddr: { transport: "tcp", hostname: "203.0.113.1", port: 1 },
    });
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await status((await createKey(app, boss, { scopes: ["metrics:read"] })).key), 200);
  assert.equal(await status((await createKey(app, boss, { scopes: ["users:read"] })).key), 401);
});
