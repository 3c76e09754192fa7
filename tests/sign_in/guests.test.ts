import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { codeFor, guest, verifyCode } from "../support/codes.ts";
import { newPerson, PASSWORD, register, signIn, viewerOf } from "../support/people.ts";
import { mutate } from "../support/people.ts";
import { reapGuests } from "../../src/sign_in/guests/guests.ts";
import { post } from "../support/wire.ts";

const ME = "{ viewer { id isGuest state } }";

type Me = { id: string; isGuest: boolean; state: string };

/** The viewer with this token, or null if the token is refused. */
const me = async (app: TestApp, token: string) =>
  ((await post(app, ME, { token })).data?.["viewer"] ?? null) as Me | null;

async function eventTypes(app: TestApp, userId: string): Promise<string[]> {
  await app.services.eventLog.settled();
  const { data } = await post(
    app,
    `query ($id: ID!) { events(userId: $id, first: 100) { nodes { type } } }`,
    {
      token: await app.operatorToken("READ"),
      variables: { id: userId },
    },
  );
  return (data?.["events"] as { nodes: { type: string }[] }).nodes.map(({ type }) => type);
}

onEachDatabase("a guest is signed in at once, and cannot start provider flows", async (database) => {
  await using app = await startApp({ database });
  const { user, session, tokens } = await guest(app);
  assert.match(user.name, /^guest_[0-9a-f]{12}$/);
  assert.deepEqual([user.isGuest, user.state, user.email, session.method], [true, "VISITOR", null, "GUEST"]);
  assert.deepEqual(await me(app, tokens.accessToken), { id: user.id, isGuest: true, state: "VISITOR" });
  const start = `mutation { startModalTokenFlow { __typename ... on AuthError { code } } }`;
  assert.equal((await mutate(app, start, { token: tokens.accessToken })).code, "FORBIDDEN");
});

onEachDatabase("a guest who verifies a code becomes that user, and gets a new session", async (database) => {
  await using app = await startApp({ database });
  const { user, tokens } = await guest(app);
  const { id, code } = await codeFor(app, "ada@example.test");
  const signedIn = await verifyCode(app, id, code, { token: tokens.accessToken });
  assert.equal(signedIn.user.id, user.id);
  assert.deepEqual([signedIn.user.isGuest, signedIn.user.state], [false, "AUTH"]);
  assert.equal(await me(app, tokens.accessToken), null, "the guest's session has ended");
  assert.equal((await me(app, signedIn.tokens.accessToken))?.isGuest, false);
  assert.ok((await eventTypes(app, user.id)).includes("guest.upgraded"));
});

onEachDatabase("a guest who registers a username becomes that user", async (database) => {
  await using app = await startApp({ database });
  const { user, tokens } = await guest(app);
  const document = `mutation ($input: RegisterInput!) { register(input: $input) { __typename
    ... on Registered { user { id username isGuest } signedIn { tokens { accessToken } session { method } } } ... on AuthError { code } } }`;
  const sent = { token: tokens.accessToken, variables: { input: { username: "ada", password: PASSWORD } } };
  await newPerson(app, "bob");
  const taken = { ...sent, variables: { input: { username: "Bob", password: PASSWORD } } };
  assert.equal((await mutate(app, document, taken)).code, "USERNAME_TAKEN");
  assert.ok(await me(app, tokens.accessToken), "what is refused ends nothing");
  const done = await mutate<{
    user: { id: string; isGuest: boolean };
    signedIn: { tokens: { accessToken: string } };
  }>(app, document, sent);
  assert.deepEqual([done.user.id, done.user.isGuest], [user.id, false]);
  assert.equal(await me(app, tokens.accessToken), null);
  assert.equal(await viewerOf(app, done.signedIn.tokens.accessToken), "ada");
  assert.equal((await signIn(app, "ada")).__typename, "SignedIn");
});

onEachDatabase("a guest who signs in to an account is deleted, and nothing moves", async (database) => {
  await using app = await startApp({ database });
  const first = await codeFor(app, "ada@example.test");
  const ada = await verifyCode(app, first.id, first.code);
  const { user, tokens } = await guest(app);
  app.clock.advance(61);
  const { id, code } = await codeFor(app, "ada@example.test");
  const signedIn = await verifyCode(app, id, code, { token: tokens.accessToken });
  assert.equal(signedIn.user.id, ada.user.id);
  assert.equal(await me(app, tokens.accessToken), null);
  assert.ok((await eventTypes(app, ada.user.id)).includes("guest.merged"));
  assert.ok((await eventTypes(app, user.id)).includes("guest.reaped"));

  const next = await guest(app);
  await register(app, { username: "bob", password: PASSWORD });
  const bob = await signIn(app, "bob", PASSWORD, { token: next.tokens.accessToken });
  assert.equal(bob.__typename, "SignedIn");
  assert.equal(await me(app, next.tokens.accessToken), null, "by password too");
});

onEachDatabase(
  "R44: guests without a live session are deleted after their time, and no other users",
  async (database) => {
    await using app = await startApp({ database, env: { SESSION_IDLE_DAYS: "10" } });
    const idle = await guest(app);
    const ada = await newPerson(app);
    const day = 24 * 60 * 60;
    const reap = () => reapGuests(app.services, 30 * day);
    app.clock.advance(29 * day);
    const fresh = await guest(app);
    assert.equal(await reap(), 0);
    app.clock.advance(2 * day);
    assert.equal(await reap(), 1);
    const { data } = await post(app, "{ users { nodes { id } } }", {
      token: await app.operatorToken("READ"),
    });
    const left = (data?.["users"] as { nodes: { id: string }[] }).nodes.map(({ id }) => id);
    assert.deepEqual(left.sort(), [ada.id, fresh.user.id].sort());
    assert.ok((await eventTypes(app, idle.user.id)).includes("guest.reaped"));
  },
);

onPglite("R44: guest sign-ins from one address are limited", async (database) => {
  await using app = await startApp({ database, env: { LIMIT_GUESTS_PER_ADDRESS_HOUR: "2" } });
  const from = (request: Request) =>
    app.fetch(request, { remoteAddr: { transport: "tcp", hostname: "203.0.113.7", port: 1 } });
  const answers = [];
  for (let index = 0; index < 3; index++) answers.push((await guest({ fetch: from })).__typename);
  assert.deepEqual(answers, ["SignedIn", "SignedIn", "RateLimitedError"]);
});
