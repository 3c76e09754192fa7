import assert from "node:assert/strict";
import { sql } from "kysely";
import { createHashQueue } from "../../src/sign_in/password/hash_queue.ts";
import { newKeyring, startApp } from "../support/app.ts";
import { changePassword, from, mailedToken, requestReset, resetPassword } from "../support/callers.ts";
import { requestVerification, verifyEmail } from "../support/callers.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { times } from "../support/eventually.ts";
import { newPerson, PASSWORD, register, signedIn, signIn, viewerOf } from "../support/people.ts";
import { ask, ENDPOINT, post } from "../support/wire.ts";

onPglite(
  "a password that is slow to normalize is rejected without normalizing it",
  async (database) => {
    await using app = await startApp({ database });
    const password = `a${"\u0300".repeat(15_000)}${"\u0316".repeat(15_000)}`;
    const begun = performance.now();
    const near = from(app, "203.0.113.7");
    assert.equal((await register(near, { username: "ada", password })).code, "WEAK_PASSWORD");
    assert.equal((await signIn(app, "nobody", password)).code, "INVALID_CREDENTIALS");
    const shorter = performance.now();
    password.normalize("NFKC");
    assert.ok(shorter - begun < performance.now() - shorter, "all of it takes less than normalising once");
  },
);

onEachDatabase("ten thousand sessions of one user end at once", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  await sql`insert into sessions (id, user_id, method, transport, created_at, last_seen_at, ends_at, idle_ends_at,
      generation)
    select 'ses_' || lpad(n::text, 26, '0'), ${ada.id}, 'PASSWORD', 'TOKENS', now(), now(), now() + interval '1 day',
      now() + interval '1 day', 0 from generate_series(1, 10000) n`.execute(app.services.db);
  const { data } = await post(
    app,
    `mutation ($id: ID!) { revokeUserSessions(userId: $id) { __typename
    ... on Done { message } } }`,
    { token: await app.operatorToken(), variables: { id: ada.id } },
  );
  assert.deepEqual(data?.["revokeUserSessions"], { __typename: "Done", message: "Ended 10001 sessions" });
  assert.equal(await viewerOf(app, ada.accessToken), null);
});

onEachDatabase("a sign-in above the session limit ends the user's oldest session", async (database) => {
  await using app = await startApp({ database, env: { SESSIONS_PER_USER: "3" } });
  const all = [await newPerson(app, "ada")];
  for (let more = 0; more < 4; more++) all.push(await signedIn(app, "ada"));
  await app.services.eventLog.settled();
  const viewers = await Promise.all(all.map(({ accessToken }) => viewerOf(app, accessToken)));
  assert.deepEqual(viewers, [null, null, "ada", "ada", "ada"]);
});

Deno.test("R17: one address block gets half of the places in the hash queue", async () => {
  const hold = Promise.withResolvers<string>();
  const hash = { hash: () => hold.promise, verify: () => Promise.resolve(true), isWeak: () => false };
  const queue = createHashQueue(hash, () => {}, 1);
  const ask = (ipAddress: string) => queue.hash("x", { ipAddress });
  const running = [ask("203.0.113.1")];
  for (let index = 0; index < 32; index++) running.push(ask(`2001:db8:1:2::${index + 1}`));
  await assert.rejects(ask("2001:db8:1:2::ffff"), { code: "OVERLOADED" });
  for (let index = 0; index < 32; index++) running.push(ask(`198.51.100.${index}`));
  hold.resolve("done");
  assert.equal((await Promise.all(running)).length, 65);
});

onPglite("R41: an owner whose address changes within its /64 keeps the reserve", async (database) => {
  await using app = await startApp({ database });
  await newPerson(from(app, "2001:db8:1:2::aaaa"), "ada");
  await times(12, () => signIn(from(app, "203.0.113.9"), "ada", "wrong password"));
  assert.equal((await signIn(from(app, "203.0.113.10"), "ada")).code, "RATE_LIMITED");
  assert.equal((await signIn(from(app, "2001:db8:1:2::bbbb"), "ada")).__typename, "SignedIn");
});

onPglite("an anonymous request for a link is dropped if two users claim the address", async (database) => {
  await using app = await startApp({ database });
  await register(app, { email: "ada@example.test", password: PASSWORD });
  const own = await mailedToken(app, "ada@example.test");
  await register(app, { email: "ada@example.test", password: "the thief's own password" });
  await mailedToken(app, "ada@example.test");
  assert.equal((await requestVerification(app, "ada@example.test")).__typename, "Done");
  await verifyEmail(app, own);
  assert.equal((await signIn(app, "ada@example.test")).__typename, "SignedIn");
  assert.equal(
    (await signIn(app, "ada@example.test", "the thief's own password")).code,
    "INVALID_CREDENTIALS",
  );
  assert.equal(app.inbox.mails.length, 2);
});

onEachDatabase("changing the password invalidates mailed reset links", async (database) => {
  await using app = await startApp({ database });
  await register(app, { username: "ada", email: "ada@example.test", password: PASSWORD });
  await verifyEmail(app, await mailedToken(app, "ada@example.test"));
  const ada = await signedIn(app, "ada");
  await requestReset(app, "ada@example.test");
  const link = await mailedToken(app, "ada@example.test");
  assert.equal((await changePassword(app, ada.accessToken, PASSWORD, "another good one")).__typename, "Done");
  assert.equal((await resetPassword(app, link, "yet another good one")).code, "CODE_REJECTED");
});

onPglite("an ended session stays ended after the token lifetime is shortened", async (database) => {
  const keys = newKeyring();
  let ada;
  {
    await using app = await startApp({ database, keys, env: { ACCESS_TOKEN_MINUTES: "1440" } });
    ada = await newPerson(app);
    await post(app, "mutation { signOut { __typename } }", { token: ada.accessToken });
  }
  await using app = await startApp({ database, keys });
  app.clock.advance(30 * 60);
  assert.equal(await viewerOf(app, ada.accessToken), null);
});

onPglite("a form or plain text is rejected, and errors do not quote passwords", async (database) => {
  await using app = await startApp({ database });
  for (const type of ["application/x-www-form-urlencoded", "text/plain", "application/graphql"]) {
    const headers = { "content-type": type };
    const request = new Request(ENDPOINT, { method: "POST", headers, body: "query={viewer{id}}" });
    assert.equal((await ask(app, request)).status, 415, type);
  }
  const document =
    "mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) { __typename } }";
  const input = { identifier: "ada", password: "hunter2secret", bogus: 1 };
  const { text, errors } = await post(app, document, { variables: { input } });
  assert.equal(errors.length, 1);
  assert.ok(!text.includes("hunter2secret"));
});

onEachDatabase("users see what operators did to them, but not from where", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app, "ada");
  const gone = await signedIn(app, "ada");
  const desk = from(app, "10.9.8.7");
  await post(desk, "mutation ($id: ID!) { revokeSession(id: $id) { __typename } }", {
    token: await app.operatorToken(),
    variables: { id: gone.sessionId },
    headers: { "user-agent": "ops-laptop" },
  });
  await app.services.eventLog.settled();
  const EVENTS = '{ events(last: 5, types: ["session.revoked"]) { nodes { actor ipAddress data } } }';
  const seen = await post(app, EVENTS, { token: ada.accessToken });
  assert.match(seen.text, /"actor":"operator:/);
  assert.doesNotMatch(seen.text, /10\.9\.8\.7|ops-laptop/);
  assert.match(
    (await post(app, EVENTS, { token: await app.operatorToken("READ") })).text,
    /10\.9\.8\.7.*ops-laptop/,
  );
});
