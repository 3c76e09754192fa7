import assert from "node:assert/strict";
import { sql } from "kysely";
import { randomBytes, sha256 } from "../../src/lib/crypto.ts";
import { createKeyring } from "../../src/platform/keys/root_key.ts";
import { Secret } from "../../src/lib/secret.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { eventually, times, within } from "../support/eventually.ts";
import { subscribe } from "../support/live.ts";
import { newPerson, type Person, REFRESH, refresh, signedIn, signIn, viewerOf } from "../support/people.ts";
import { macOf, renumbered, tampered, withMacOf } from "../support/refresh_tokens.ts";
import { dump, leaks } from "../support/secrets.ts";
import { eventsOf, isRefused, revoke, typesOf } from "../support/sessions.ts";
import { measured, roundTripsOf } from "../support/statements.ts";
import { post } from "../support/wire.ts";

const DAY = 24 * 60 * 60;

/** Refreshes, and returns the new tokens. Fails if the refresh is rejected. */
async function next(app: TestApp, refreshToken: string) {
  const answer = await refresh(app, refreshToken);
  assert.equal(answer.__typename, "SignedIn", JSON.stringify(answer));
  return answer.tokens;
}

const codeFor = async (app: TestApp, refreshToken: string) => (await refresh(app, refreshToken)).code;

/** Asserts a time within one minute of `seconds` from now. */
function assertNear(instant: string, app: TestApp, seconds: number): void {
  const left = (Date.parse(instant) - app.clock.now().getTime()) / 1000;
  assert.ok(Math.abs(left - seconds) < 60, `${left} s are left, not ${seconds}`);
}

onEachDatabase("R1, R2: a used token returns its one successor again for 10 s", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const first = await next(app, ada.refreshToken);
  app.clock.advance(6);
  const again = await next(app, ada.refreshToken);
  assert.equal(again.refreshToken, first.refreshToken);
  assert.notEqual(again.accessToken, first.accessToken);
  for (const { accessToken } of [first, again]) {
    assert.equal(await viewerOf(app, accessToken), ada.username);
  }
  assert.ok(again.accessTokenExpiresAt > first.accessTokenExpiresAt, "it is a fresh one");
  const second = await next(app, first.refreshToken);
  const third = await next(app, second.refreshToken);
  assert.equal((await next(app, second.refreshToken)).refreshToken, third.refreshToken);
  assert.equal(new Set([ada, first, second, third].map(({ refreshToken }) => refreshToken)).size, 4);

  const events = (await eventsOf(app, ada.id, ada.sessionId)).slice(1);
  assert.deepEqual(events.map(({ type, data }) => [type, data["generation"]]), [
    ["session.refreshed", 1],
    ["session.refresh_repeated", 1],
    ["session.refreshed", 2],
    ["session.refreshed", 3],
    ["session.refresh_repeated", 3],
  ]);
  assert.deepEqual(new Set(events.map(({ actor }) => actor)), new Set([`user:${ada.id}`]));
});

onEachDatabase("R2: also after a restart and under a new root secret", async (database) => {
  const [old, present] = [new Secret(randomBytes(32)), new Secret(randomBytes(32))];
  let ada: Person;
  let successor: string;
  {
    await using app = await startApp({ database, keys: createKeyring(old) });
    ada = await newPerson(app);
    successor = (await next(app, ada.refreshToken)).refreshToken;
  }
  {
    await using app = await startApp({ database, keys: createKeyring(old) });
    assert.equal((await next(app, ada.refreshToken)).refreshToken, successor);
  }
  await using app = await startApp({ database, keys: createKeyring(present, old) });
  const again = await next(app, ada.refreshToken);
  assert.equal(again.refreshToken, successor);
  assert.equal(await viewerOf(app, again.accessToken), ada.username);
  // The next token is made under the new secret, and can be repeated too.
  const second = await next(app, successor);
  assert.equal((await next(app, successor)).refreshToken, second.refreshToken);
  // A token made under the old secret is still recognized as used.
  assert.equal(await codeFor(app, ada.refreshToken), "REFRESH_TOKEN_REUSED");
});

onPostgres("R2: also on instances with different root secrets during a rotation", async (database) => {
  const [old, present] = [new Secret(randomBytes(32)), new Secret(randomBytes(32))];
  await using one = await startApp({ database, keys: createKeyring(old, present) });
  await using late = await startApp({
    database,
    keys: createKeyring(old),
    modal: one.modal,
    inbox: one.inbox,
  });
  await using other = await startApp({
    database,
    keys: createKeyring(present, old),
    modal: one.modal,
    inbox: one.inbox,
  });
  const ada = await newPerson(one);
  const { refreshToken } = await next(other, ada.refreshToken);
  assert.equal((await next(one, ada.refreshToken)).refreshToken, refreshToken);
  // An instance without the new secret cannot repeat the token. That does not prove reuse.
  assert.equal(await codeFor(late, ada.refreshToken), "UNAVAILABLE");
  assert.equal((await next(other, ada.refreshToken)).refreshToken, refreshToken);
  await next(late, refreshToken);
});

onEachDatabase("a new root secret without the old one keeps all sessions", async (database) => {
  const [old, present] = [new Secret(randomBytes(32)), new Secret(randomBytes(32))];
  let [ada, bob]: Person[] = [];
  {
    await using app = await startApp({ database, keys: createKeyring(old) });
    [ada, bob] = [await newPerson(app), await newPerson(app)];
  }
  {
    const keys = createKeyring(present, old);
    await using app = await startApp({ database, keys });
    await eventually("nothing is sealed under the old one", async () => {
      const sealed = await app.services.db.selectFrom("signing_keys").select("sealed").execute();
      return sealed.every((row) => row.sealed.startsWith(`${keys.current.id}.`));
    });
  }
  await using app = await startApp({ database, keys: createKeyring(present) });
  const tokens = await next(app, ada!.refreshToken);
  assert.equal(await viewerOf(app, tokens.accessToken), ada!.username);
  app.clock.advance(11);
  assert.equal(
    await codeFor(app, ada!.refreshToken),
    "REFRESH_TOKEN_REUSED",
    "the parent is known by its hash",
  );
  await next(app, bob!.refreshToken);
});

onEachDatabase("R3: more than 10 s after its first use, a used token ends the family", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const other = await signedIn(app, ada.username);
  const { refreshToken } = await next(app, ada.refreshToken);
  app.clock.advance(9);
  // A repeat does not extend the 10 s.
  await next(app, ada.refreshToken);
  app.clock.advance(2);
  assert.equal(await codeFor(app, ada.refreshToken), "REFRESH_TOKEN_REUSED");
  assert.equal(await codeFor(app, refreshToken), "SESSION_ENDED", "though it was never used");
  await next(app, other.refreshToken);
});

onEachDatabase(
  "R3, R4: a token two generations old ends the family at once, and one event records it",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const watching = await subscribe(app.fetch, "subscription { events { type } }", {
      token: ada.accessToken,
    });
    const first = await next(app, ada.refreshToken);
    const second = await next(app, first.refreshToken);
    const live = [ada.accessToken, first.accessToken, second.accessToken];
    assert.deepEqual(
      await Promise.all(live.map((token) => viewerOf(app, token))),
      live.map(() => ada.username),
    );
    // Parallel reuses, as by a thief and the owner: all are rejected, and one event records it.
    const answers = await times(8, () => codeFor(app, ada.refreshToken));
    assert.ok(answers.includes("REFRESH_TOKEN_REUSED"));
    assert.deepEqual(
      answers.filter((code) => !["REFRESH_TOKEN_REUSED", "SESSION_ENDED"].includes(code!)),
      [],
    );
    await within("the subscription ends", watching.cutShort());
    for (const token of live) await isRefused(app, token);
    for (const { refreshToken } of [ada, first, second]) {
      assert.equal(await codeFor(app, refreshToken), "SESSION_ENDED");
    }
    const events = (await eventsOf(app, ada.id, ada.sessionId)).slice(3);
    assert.deepEqual(events.map(({ type }) => type).sort(), ["session.reuse_detected", "session.revoked"]);
    const detected = events.find(({ type }) => type === "session.reuse_detected");
    assert.deepEqual(detected?.data, { generation: 2, presented: 0 });
    const revoked = events.find(({ type }) => type === "session.revoked");
    assert.equal(revoked?.data["reason"], "refresh_token_reused");
  },
);

onEachDatabase("a session id alone can neither refresh nor end the session", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const stranger = await newPerson(app);
  const generations = [ada.refreshToken];
  for (let turn = 0; turn < 3; turn++) generations.push((await next(app, generations.at(-1)!)).refreshToken);
  app.clock.advance(11);
  const newest = generations.at(-1)!;
  for (const [generation, token] of generations.entries()) {
    for (
      const forged of [
        tampered(token, "first"),
        tampered(token, "last"),
        withMacOf(token, stranger.refreshToken),
      ]
    ) {
      assert.equal(await codeFor(app, forged), "SESSION_ENDED", `generation ${generation}`);
    }
  }
  // A used token renumbered as the next one, or as one far ahead.
  for (const generation of [4, 5, 2 ** 32 - 1]) {
    assert.equal(await codeFor(app, renumbered(newest, generation)), "SESSION_ENDED");
  }
  await next(app, newest);
  await next(app, stranger.refreshToken);
  const types = new Set(await typesOf(app, ada.id, ada.sessionId));
  assert.deepEqual(types, new Set(["session.issued", "session.refreshed"]));
});

onEachDatabase("R8: a malformed refresh token costs no query", async (database) => {
  await using app = await startApp({ database: measured(database) });
  const { refreshToken } = await newPerson(app);
  const body = refreshToken.slice(4);
  const junk = [
    "",
    "spr_",
    "x".repeat(60_000),
    body,
    `spt_${body}`,
    `SPR_${body}`,
    `${refreshToken}A`,
    refreshToken.slice(0, -1),
    `${refreshToken.slice(0, 30)}${refreshToken[30] === "A" ? "B" : "A"}${refreshToken.slice(31)}`,
    `${refreshToken.slice(0, 30)}=${refreshToken.slice(31)}`,
    ` ${refreshToken.slice(1)}`,
    "é".repeat(refreshToken.length),
  ];
  for (const token of junk) {
    const asked = async () => assert.equal(await codeFor(app, token), "SESSION_ENDED");
    assert.equal(await roundTripsOf(asked), 0, token.slice(0, 100));
  }
  const possible = await roundTripsOf(() => codeFor(app, tampered(refreshToken)));
  assert.ok(possible > 0, "what may be one of ours is looked for");
  await next(app, refreshToken);
});

onEachDatabase(
  "R8: refresh tokens have at least 128 bits, and only their hashes are stored",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const { refreshToken } = await next(app, ada.refreshToken);
    const pair = await next(app, refreshToken);
    const tokens = [ada.refreshToken, refreshToken, pair.refreshToken];
    const macs = tokens.map(macOf);
    assert.deepEqual(macs.map(({ length }) => length * 8), [256, 256, 256]);
    assert.equal(new Set(macs.map((mac) => mac.toHex())).size, 3);
    const text = await dump(app.services);
    assert.deepEqual(leaks(text, [...tokens, ...macs, ada.accessToken, pair.accessToken]), []);
    assert.ok(text.includes(sha256(pair.refreshToken).toHex()), "the search finds what is there");
  },
);

onPglite("R9: a session ends after 30 days idle or 180 days in total", async (database) => {
  await using app = await startApp({ database });
  const [ada, idle] = [await newPerson(app), await newPerson(app)];
  let tokens = await next(app, ada.refreshToken);
  assertNear(tokens.refreshTokenExpiresAt, app, 30 * DAY);
  for (const days of [29, 29, 29, 29, 29, 29]) {
    app.clock.advance(days * DAY);
    tokens = await next(app, tokens.refreshToken);
  }
  assertNear(tokens.refreshTokenExpiresAt, app, 6 * DAY);
  assert.equal(await codeFor(app, idle.refreshToken), "SESSION_ENDED");
  app.clock.advance(6 * DAY - 60);
  tokens = await next(app, tokens.refreshToken);
  assert.ok(tokens.accessTokenExpiresAt <= tokens.refreshTokenExpiresAt, "no access beyond the end");
  app.clock.advance(61);
  assert.equal(await codeFor(app, tokens.refreshToken), "SESSION_ENDED");
  assert.equal(await viewerOf(app, tokens.accessToken), null);
  assert.ok(!(await typesOf(app, ada.id)).includes("session.reuse_detected"));
});

onPglite("R9: both are configurable", async (database) => {
  await using app = await startApp({ database, env: { SESSION_DAYS: "3", SESSION_IDLE_DAYS: "2" } });
  const [ada, idle] = [await newPerson(app), await newPerson(app)];
  assertNear((await signIn(app, ada.username)).tokens.refreshTokenExpiresAt, app, 2 * DAY);
  app.clock.advance(2 * DAY - 60);
  const tokens = await next(app, ada.refreshToken);
  assertNear(tokens.refreshTokenExpiresAt, app, DAY + 60);
  app.clock.advance(61);
  assert.equal(await codeFor(app, idle.refreshToken), "SESSION_ENDED");
  app.clock.advance(DAY);
  assert.equal(await codeFor(app, tokens.refreshToken), "SESSION_ENDED");
});

onEachDatabase("R6: a failed refresh reveals nothing, and does not end the session", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { db } = app.services;
  await sql`create function refuse() returns trigger language plpgsql as $$ begin
    raise exception 'the disk is full' using errcode = '53100'; end $$`.execute(db);
  await sql`create trigger refuse before update on sessions for each row execute function refuse()`.execute(
    db,
  );
  try {
    const answer = await post(app, REFRESH, { variables: { input: { refreshToken: ada.refreshToken } } });
    assert.match(answer.text, /"code":"UNAVAILABLE"/);
    assert.equal(answer.headers.get("set-cookie"), null);
  } finally {
    await sql`drop trigger refuse on sessions`.execute(db);
    await sql`drop function refuse`.execute(db);
  }
  const tokens = await next(app, ada.refreshToken);
  await revoke(app, tokens.accessToken, ada.sessionId);
  const ended = await post(app, REFRESH, { variables: { input: { refreshToken: tokens.refreshToken } } });
  assert.equal(ended.headers.get("set-cookie"), null, "no cookie is cleared");
});
