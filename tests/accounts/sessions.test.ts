import assert from "node:assert/strict";
import { newKeyring, startApp } from "../support/app.ts";
import { from } from "../support/callers.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { mutate, newPerson, PASSWORD, refresh, signedIn, signIn, viewerOf } from "../support/people.ts";
import {
  done,
  eventsOf,
  isRefused,
  revoke,
  sessionsOf,
  sessionsSeen,
  signOut,
  typesOf,
} from "../support/sessions.ts";
import { post } from "../support/wire.ts";

const LAPTOP = { headers: { "user-agent": "Laptop/1.0" } };
const PHONE = { headers: { "user-agent": "Phone/2.0" } };

onEachDatabase("a registered user can sign in, use the token and refresh it", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app, "Ada");
  assert.equal(await viewerOf(app, ada.accessToken), "Ada");
  const { data } = await post(
    app,
    "{ protectedData { message user } authState { currentState user { id } session { id current } } }",
    {
      token: ada.accessToken,
    },
  );
  assert.deepEqual(data?.["authState"], {
    currentState: "AUTH",
    user: { id: ada.id },
    session: { id: ada.sessionId, current: true },
  });
  const refreshed = await refresh(app, ada.refreshToken);
  assert.equal(refreshed.__typename, "SignedIn", JSON.stringify(refreshed));
  assert.notEqual(refreshed.tokens.refreshToken, ada.refreshToken);
  assert.equal(await viewerOf(app, refreshed.tokens.accessToken), "Ada");
});

onEachDatabase(
  "sessions: newest first, the current one marked, each with its device",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app, "ada");
    const bob = await newPerson(app, "bob");
    const laptop = await signIn(from(app, "203.0.113.7"), "ada", PASSWORD, LAPTOP);
    const phone = await signIn(from(app, "2001:db8::1"), "ADA", PASSWORD, PHONE);

    const seen = await sessionsOf(app, laptop.tokens.accessToken);
    assert.deepEqual(
      seen.map(({ id, current, ipAddress, userAgent }) => ({ id, current, ipAddress, userAgent })),
      [
        { id: phone.session.id, current: false, ipAddress: "2001:db8::1", userAgent: "Phone/2.0" },
        { id: laptop.session.id, current: true, ipAddress: "203.0.113.7", userAgent: "Laptop/1.0" },
        { id: ada.sessionId, current: false, ipAddress: null, userAgent: null },
      ],
    );
    const bySee = (await sessionsSeen(app, ada.id)).map(({ id, current }) => ({ id, current }));
    assert.deepEqual(bySee, seen.map(({ id }) => ({ id, current: false })), "an operator has no session");
    assert.deepEqual((await sessionsOf(app, bob.accessToken)).map(({ id }) => id), [bob.sessionId]);
    assert.deepEqual(await sessionsSeen(app, "usr_01jd0000000000000000000000"), []);

    // A refresh from another address does not change the address of the session.
    await refresh(from(app, "198.51.100.9"), phone.tokens.refreshToken, LAPTOP);
    assert.equal((await sessionsOf(app, ada.accessToken))[0]?.ipAddress, "2001:db8::1");
    // Ended sessions are not listed.
    await signOut(app, phone.tokens.accessToken);
    assert.deepEqual(
      (await sessionsOf(app, ada.accessToken)).map(({ id }) => id),
      [laptop.session.id, ada.sessionId],
    );
    app.clock.advance(31 * 24 * 60 * 60);
    assert.deepEqual(await sessionsSeen(app, ada.id), []);
  },
);

onEachDatabase("allSessions pages through all live sessions, in order of creation", async (database) => {
  await using app = await startApp({ database });
  const [ada, bob] = [await newPerson(app), await newPerson(app)];
  const more = [await signedIn(app, ada.username), await signedIn(app, bob.username)];
  await signOut(app, bob.accessToken);
  const expected = [ada, ...more].map(({ sessionId }) => sessionId);
  const token = await app.operatorToken("READ");
  const page = async (variables: Record<string, unknown>) => {
    const { data, text } = await post(
      app,
      `query ($first: Int, $after: String, $last: Int) { allSessions(first: $first, after: $after, last: $last) {
        nodes { id user { id } } pageInfo { endCursor hasNextPage } } }`,
      { token, variables },
    );
    assert.ok(data, text);
    return data["allSessions"] as {
      nodes: { id: string; user: { id: string } }[];
      pageInfo: { endCursor: string; hasNextPage: boolean };
    };
  };
  const first = await page({ first: 2 });
  assert.deepEqual(first.nodes.map(({ id }) => id), expected.slice(0, 2));
  assert.deepEqual(first.nodes.map(({ user }) => user.id), [ada.id, ada.id]);
  assert.equal(first.pageInfo.hasNextPage, true);
  const second = await page({ first: 2, after: first.pageInfo.endCursor });
  assert.deepEqual(second.nodes.map(({ id }) => id), expected.slice(2));
  assert.equal(second.pageInfo.hasNextPage, false);
  assert.deepEqual((await page({ last: 1 })).nodes.map(({ id }) => id), expected.slice(2));
});

onEachDatabase("allSessions finds sessions by their user or the client address", async (database) => {
  await using app = await startApp({ database });
  const people = [
    await newPerson(from(app, "203.0.113.7"), "ada_l"),
    await newPerson(from(app, "2001:db8::7"), "grace_h"),
  ];
  const token = await app.operatorToken("READ");
  const found = async (search: string) => {
    const query = "query ($search: String) { allSessions(search: $search) { totalCount nodes { id } } }";
    const { data, errors } = await post(app, query, { token, variables: { search } });
    if (errors.length > 0) return errors.map(({ extensions }) => extensions?.code);
    const { totalCount, nodes } = data?.["allSessions"] as { totalCount: number; nodes: { id: string }[] };
    assert.equal(totalCount, nodes.length);
    return nodes.map(({ id }) => people.findIndex(({ sessionId }) => sessionId === id));
  };
  const FINDS: [search: string, found: (number | string)[]][] = [
    ["", [0, 1]],
    [" ", [0, 1]],
    ["a_l", [0]],
    ["GRACE", [1]],
    [people[1]?.id ?? "", [1]],
    ["203.0.113.7", [0]],
    ["::ffff:203.0.113.7", [0]],
    ["2001:DB8:0::7", [1]],
    ["203.0.113.8", []],
    ["%", []],
    ["x".repeat(255), ["INVALID_INPUT"]],
  ];
  for (const [search, expected] of FINDS) assert.deepEqual(await found(search), expected, `«${search}»`);
});

onEachDatabase("signing out ends this session everywhere, and no other", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const other = await signedIn(app, ada.username);
  assert.equal((await signOut(app, ada.accessToken)).__typename, "Done");
  assert.equal((await refresh(app, ada.refreshToken)).code, "SESSION_ENDED");
  await isRefused(app, ada.accessToken);
  assert.equal((await signOut(app, ada.accessToken)).code, "UNAUTHENTICATED");
  assert.equal(await viewerOf(app, other.accessToken), ada.username);
  assert.equal((await refresh(app, other.refreshToken)).__typename, "SignedIn");
  assert.deepEqual(await typesOf(app, ada.id, ada.sessionId), ["session.issued", "session.revoked"]);
});

onEachDatabase("revokeSession: users end only their own sessions, operators any", async (database) => {
  await using app = await startApp({ database });
  const [ada, bob] = [await newPerson(app), await newPerson(app)];
  const lost = await signedIn(app, ada.username);
  const strangers = await revoke(app, bob.accessToken, lost.sessionId);
  assert.equal(strangers.code, "INVALID_INPUT");
  for (const id of ["ses_01jd0000000000000000000000", ada.id, "x", ""]) {
    const { code, message } = await revoke(app, bob.accessToken, id);
    assert.deepEqual({ code, message }, { code: "INVALID_INPUT", message: strangers.message }, id);
  }
  assert.equal((await refresh(app, lost.refreshToken)).__typename, "SignedIn", "nothing was ended");

  assert.equal((await revoke(app, ada.accessToken, lost.sessionId)).__typename, "Done");
  assert.equal((await revoke(app, ada.accessToken, lost.sessionId)).code, "INVALID_INPUT", "ended once");
  assert.equal((await revoke(app, await app.operatorToken("READ"), bob.sessionId)).code, "FORBIDDEN");
  const operator = await app.operatorToken("OPERATE");
  assert.equal((await revoke(app, operator, bob.sessionId)).__typename, "Done");
  assert.equal((await revoke(app, "", ada.sessionId)).code, "UNAUTHENTICATED");
  for (const ended of [lost, bob]) {
    await isRefused(app, ended.accessToken);
    assert.equal((await refresh(app, ended.refreshToken)).code, "SESSION_ENDED");
  }
  assert.equal(await viewerOf(app, ada.accessToken), ada.username);
  const [, , byOwner] = await eventsOf(app, ada.id, lost.sessionId);
  assert.deepEqual([byOwner?.type, byOwner?.actor], ["session.revoked", `user:${ada.id}`]);
  const byOperator = (await eventsOf(app, bob.id, bob.sessionId)).at(-1);
  assert.match(byOperator?.actor ?? "", /^operator:operate-/);
});

onEachDatabase(
  "revokeOtherSessions keeps the current session, revokeUserSessions none",
  async (database) => {
    await using app = await startApp({ database });
    const [ada, bob] = [await newPerson(app), await newPerson(app)];
    const others = [await signedIn(app, ada.username), await signedIn(app, ada.username)];
    const answer = await done(app, "revokeOtherSessions", { token: ada.accessToken });
    assert.equal(answer.message, "Ended 2 other sessions");
    for (const other of others) {
      assert.equal((await refresh(app, other.refreshToken)).code, "SESSION_ENDED");
      await isRefused(app, other.accessToken);
    }
    assert.equal(await viewerOf(app, ada.accessToken), ada.username);
    const token = await app.operatorToken("OPERATE");
    assert.equal((await done(app, "revokeOtherSessions", { token })).code, "FORBIDDEN", "it has no session");
    const all = await done(app, "revokeUserSessions(userId: $id)", { token, variables: { id: ada.id } });
    assert.equal(all.message, "Ended 1 sessions");
    assert.equal((await refresh(app, ada.refreshToken)).code, "SESSION_ENDED");
    assert.equal(await viewerOf(app, bob.accessToken), bob.username);
  },
);

onEachDatabase("each step is recorded once, with actor, address and device", async (database) => {
  await using app = await startApp({ database });
  const phone = from(app, "203.0.113.7");
  const sent = { headers: { "user-agent": "Pho\u00e9ne\t/2.0" } };
  const ada = await newPerson(app);
  const { session, tokens } = await signIn(phone, ada.username, PASSWORD, sent);
  const next = await refresh(phone, tokens.refreshToken, sent);
  await done(phone, "signOut", { ...sent, token: next.tokens.accessToken });
  await done(phone, "signOut", { ...sent, token: next.tokens.accessToken });

  const events = await eventsOf(app, ada.id);
  assert.deepEqual(events.map(({ type, sessionId }) => [type, sessionId]), [
    ["user.registered", null],
    ["password.accepted", null],
    ["session.issued", ada.sessionId],
    ["state.changed", null],
    ["password.accepted", null],
    ["session.issued", session.id],
    ["session.refreshed", session.id],
    ["session.revoked", session.id],
  ]);
  assert.deepEqual(new Set(events.map(({ actor }) => actor)), new Set([`user:${ada.id}`]));
  const ours = events.slice(4);
  assert.deepEqual(ours.map(({ ipAddress }) => ipAddress), ours.map(() => "203.0.113.7"));
  const userAgent = "Phone/2.0";
  assert.deepEqual(ours.map(({ data }) => data), [
    { userAgent },
    { method: "PASSWORD", transport: "TOKENS", userAgent },
    { generation: 1, userAgent },
    { reason: "signed_out", transport: "TOKENS", userAgent },
  ]);
});

onEachDatabase(
  "R15: changing the password ends the other sessions, and not the current one",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const other = await signedIn(app, ada.username);
    const change = (currentPassword: string) =>
      mutate(
        app,
        `mutation ($input: ChangePasswordInput!) {
        changePassword(input: $input) { __typename ... on AuthError { code } } }`,
        { token: ada.accessToken, variables: { input: { currentPassword, newPassword: `${PASSWORD} 2` } } },
      );
    assert.equal((await change("not it")).code, "INVALID_CREDENTIALS");
    assert.equal(await viewerOf(app, other.accessToken), ada.username, "nothing happened");
    assert.equal((await change(PASSWORD)).__typename, "Done");
    assert.equal((await refresh(app, other.refreshToken)).code, "SESSION_ENDED");
    await isRefused(app, other.accessToken);
    assert.equal(await viewerOf(app, ada.accessToken), ada.username);
    assert.equal((await refresh(app, ada.refreshToken)).__typename, "SignedIn");
    assert.deepEqual((await eventsOf(app, ada.id, other.sessionId)).at(-1)?.data, {
      reason: "password_changed",
      transport: "TOKENS",
    });
  },
);

onPglite("R10: an access token lives 15 minutes, and clocks may differ by 5 s", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const knownAfter = async (seconds: number) => {
    app.clock.advance(seconds);
    const viewer = await viewerOf(app, ada.accessToken);
    app.clock.advance(-seconds);
    return viewer === ada.username;
  };
  assert.equal(await knownAfter(-1), true, "the clock stepped back");
  assert.equal(await knownAfter(-4), true);
  assert.equal(await knownAfter(-10), false);
  assert.equal(await knownAfter(15 * 60 - 30), true);
  assert.equal(await knownAfter(15 * 60 + 1), false);
});

onPglite("lastSeenAt follows the use of the session", async (database) => {
  const keys = newKeyring();
  let ada;
  {
    await using app = await startApp({ database, keys });
    ada = await newPerson(app);
    app.clock.advance(600);
    assert.equal(await viewerOf(app, ada.accessToken), ada.username);
  }
  await using app = await startApp({ database, keys });
  const [session] = await sessionsOf(app, ada.accessToken);
  const seenAfter = Date.parse(session!.lastSeenAt) - Date.parse(session!.createdAt);
  assert.ok(Math.abs(seenAfter / 1000 - 600) < 60, `${seenAfter} ms`);
});
