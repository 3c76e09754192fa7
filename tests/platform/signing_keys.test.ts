import assert from "node:assert/strict";
import { sql } from "kysely";
import { randomBytes } from "../../src/lib/crypto.ts";
import { createKeyring } from "../../src/platform/keys/root_key.ts";
import { open } from "../../src/platform/keys/seal.ts";
import { maintainSigningKeys } from "../../src/accounts/sessions/signing_key_rotation.ts";
import { Secret } from "../../src/lib/secret.ts";
import { keyLifetimesOf } from "../../src/wiring/settings.ts";
import { newKeyring, startApp, type TestApp, testConfig } from "../support/app.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { newPerson, refresh, signedIn, viewerOf } from "../support/people.ts";
import { kidOf, published, rotate } from "../support/published_keys.ts";
import { dump, leaks } from "../support/secrets.ts";
import { cookieOf, OWN_PAGE } from "../support/token_kinds.ts";
import { ENDPOINT, post } from "../support/wire.ts";

const MINUTES = 60;
const DAYS = 24 * 60 * MINUTES;

/** Who the session cookie signs in. */
async function viewerByCookie(app: TestApp, cookie: string): Promise<string | null> {
  const { data } = await post(app, "{ viewer { username } }", { headers: { cookie, ...OWN_PAGE } });
  return (data?.["viewer"] as { username: string } | null)?.username ?? null;
}

/** What the schedule does, with the figures of the configuration's defaults. */
async function tend(app: TestApp): Promise<void> {
  await maintainSigningKeys(app.services, keyLifetimesOf(testConfig({})));
  await app.services.sessions.signingKeys.reload();
}

onEachDatabase("R13: a new key is published five minutes before it signs", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operatorToken("OPERATE");
  const ada = await newPerson(app);
  const [first = "", ...more] = await published(app);
  assert.deepEqual([more, kidOf(ada.accessToken)], [[], first], "the first key signs at once");

  assert.match(await rotate(app, operator), /^A new key is published and signs from 2\d{3}-/);
  const keys = await published(app);
  const [, second = ""] = keys;
  assert.deepEqual(keys, [first, second]);
  assert.match(await rotate(app, operator), /^A new key was published already and signs from /);
  await Promise.all([1, 2, 3, 4].map(() => rotate(app, operator)));
  assert.deepEqual(await published(app), keys, "while one waits there is no second");

  app.clock.advance(5 * MINUTES - 20);
  const before = await signedIn(app, ada.username);
  assert.equal(kidOf(before.accessToken), first);
  app.clock.advance(21);
  const after = await refresh(app, before.refreshToken);
  assert.equal(kidOf(after.tokens.accessToken), second);
  for (const { accessToken } of [ada, before, after.tokens]) {
    assert.equal(await viewerOf(app, accessToken), ada.username);
  }
  await rotate(app, operator);
  assert.equal((await published(app)).length, 3, "once it signs, another may wait");
  await app.services.eventLog.settled();
  const { data } = await post(app, '{ events(types: ["signing_key.added"]) { nodes { actor data } } }', {
    token: operator,
  });
  const { nodes } = data?.["events"] as { nodes: { actor: string; data: { kid: string } }[] };
  assert.equal(nodes[0]?.data.kid, second);
  assert.match(nodes[0]?.actor ?? "", /^operator:operate-/);
});

onEachDatabase("R13: an old key stays until the last cookie that it signed has expired", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const operator = await app.operatorToken("OPERATE");
  await rotate(app, operator);
  const [first, second] = await published(app);
  // The last moment at which the old key signs.
  app.clock.advance(5 * MINUTES - 10);
  const cookie = await cookieOf(app, ada.username);
  assert.equal(kidOf(cookie.split("=")[1] ?? ""), first);
  app.clock.advance(7 * DAYS + 280);
  await tend(app);
  assert.deepEqual(await published(app), [first, second]);
  assert.equal(await viewerByCookie(app, cookie), ada.username, "within the cookie's leeway");
  app.clock.advance(40);
  assert.equal(await viewerByCookie(app, cookie), null);
  await tend(app);
  assert.deepEqual(await published(app), [second]);
  await tend(app);
  assert.deepEqual(await published(app), [second], "the key that signs is never dropped");
  assert.equal(await viewerOf(app, (await signedIn(app, ada.username)).accessToken), ada.username);
});

onPglite("R13: a deleted key ends its tokens, also those that were verified before", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  assert.equal(await viewerOf(app, ada.accessToken), ada.username);
  await rotate(app, await app.operatorToken("OPERATE"));
  app.clock.advance(5 * MINUTES + 1);
  const fresh = await signedIn(app, ada.username);
  await app.services.db.deleteFrom("signing_keys").where("id", "=", kidOf(ada.accessToken)).execute();
  await app.services.sessions.signingKeys.reload();
  assert.equal(await viewerOf(app, ada.accessToken), null);
  assert.equal(await viewerOf(app, fresh.accessToken), ada.username);
});

/** Makes every key older, as if the server had stood still meanwhile. */
async function age(app: TestApp, seconds: number): Promise<void> {
  await sql`update signing_keys set created_at = created_at - ${seconds} * interval '1 second',
    signs_from = signs_from - ${seconds} * interval '1 second'`.execute(app.services.db);
}

onPglite("R13: the schedule adds a key after SIGNING_KEY_DAYS, and drops the old one", async (database) => {
  const keys = newKeyring();
  const env = { SIGNING_KEY_DAYS: "30" };
  const start = () => startApp({ database, keys, env });
  const kids: string[] = [];
  {
    await using app = await start();
    kids.push(...await published(app));
    await age(app, 30 * DAYS - 60);
    await maintainSigningKeys(app.services, { signsSeconds: 30 * DAYS, longestTokenSeconds: 7 * DAYS + 300 });
    assert.deepEqual(await published(app), kids, "a minute too early");
    await age(app, 60);
  }
  {
    await using app = await start();
    const now = await eventually("the second key is published", async () => {
      const found = await published(app);
      return found.length === 2 && found;
    });
    kids.push(...now.slice(1));
    assert.deepEqual(now, kids);
    assert.equal(kidOf((await newPerson(app)).accessToken), kids[0], "it waits for its turn");
    await age(app, 7 * DAYS + 301 + 5 * MINUTES);
  }
  await using app = await start();
  assert.equal(kidOf((await newPerson(app)).accessToken), kids[1]);
  await eventually("the first key is gone", async () => {
    const { rows } = await sql<{ id: string }>`select id from signing_keys
      where public_jwk->>'alg' = 'EdDSA'`.execute(app.services.db);
    return rows.length === 1 && rows[0]?.id === kids[1];
  });
  await app.services.sessions.signingKeys.reload();
  assert.deepEqual(await published(app), kids.slice(1));
});

onEachDatabase("R13, R32: private keys lie sealed in the database, and are sealed anew", async (database) => {
  const [one, two] = [new Secret(randomBytes(32)), new Secret(randomBytes(32))];
  const only = (secret: typeof one) => createKeyring(secret);
  const sealedUnder = async (app: TestApp) => {
    const rows = await app.services.db.selectFrom("signing_keys").select(["id", "sealed"]).execute();
    const secrets = await Promise.all(rows.map(async ({ id, sealed }) => {
      const { d } = await open(app.services.keys, "signing key", id, sealed) as { d: string };
      return [d, Uint8Array.fromBase64(d, { alphabet: "base64url" })];
    }));
    assert.deepEqual(leaks(await dump(app.services), secrets.flat()), []);
    const response = await app.fetch(new Request(new URL("/.well-known/jwks.json", ENDPOINT)));
    assert.deepEqual(leaks(await response.text(), secrets.flat()), []);
    assert.ok(leaks(secrets.flat().join(), secrets.flat()).length >= secrets.length, "the search works");
    return rows.map(({ sealed }) => sealed.split(".")[0]);
  };
  const before = await only(one);
  const after = await only(two);
  let token = "";
  {
    await using app = await startApp({ database, keys: before });
    token = (await newPerson(app, "Ada")).accessToken;
    await rotate(app, await app.operatorToken("OPERATE"));
    // Two of the algorithm in use, and one of the other.
    assert.deepEqual(await sealedUnder(app), Array(3).fill(before.current.id));
  }
  {
    await using app = await startApp({ database, keys: createKeyring(two, one) });
    assert.equal(await viewerOf(app, token), "Ada");
    await eventually("all are sealed under the new secret", async () => {
      const ids = await sealedUnder(app);
      return ids.every((id) => id === after.current.id) && ids.length === 3;
    });
  }
  await using app = await startApp({ database, keys: after });
  assert.equal(await viewerOf(app, token), "Ada");
  assert.equal(kidOf((await signedIn(app, "Ada")).accessToken), kidOf(token), "the same key signs on");
});

onEachDatabase("R13: a clock that goes back after the start does not stop the server", async (database) => {
  await using app = await startApp({ database });
  app.clock.advance(-2);
  const ada = await newPerson(app);
  assert.equal(await viewerOf(app, ada.accessToken), ada.username);
  app.clock.advance(-60 * MINUTES);
  assert.equal(await viewerOf(app, (await signedIn(app, ada.username)).accessToken), ada.username);
  await tend(app);
  assert.equal((await published(app)).length, 1);
});

onPglite("tokens with an unknown key do not cause one query each", async (database) => {
  await using app = await startApp({ database });
  const { accessToken } = await newPerson(app);
  const [, payload, signature] = accessToken.split(".");
  const statements = () => app.services.metrics.recent("databaseOperations", app.services.now());
  await app.services.eventLog.settled();
  const before = statements();
  for (let index = 0; index < 500; index++) {
    const header = { alg: "EdDSA", typ: "at+jwt", kid: `${crypto.randomUUID()}` };
    const text = new TextEncoder().encode(JSON.stringify(header)).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
    assert.equal(await viewerOf(app, `${text}.${payload}.${signature}`), null);
  }
  assert.ok(statements() - before < 150, `${statements() - before} statements`);
});
