import assert from "node:assert/strict";
import { newId } from "../../src/lib/ids.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { eventually, times } from "../support/eventually.ts";
import { subscribe } from "../support/live.ts";
import { mutate, newPerson, refresh, signedIn, signIn, viewerOf } from "../support/people.ts";
import { cookieOf, OWN_PAGE } from "../support/token_kinds.ts";
import { post } from "../support/wire.ts";

const DISABLE =
  `mutation ($userId: ID!, $disabled: Boolean!) { setUserDisabled(userId: $userId, disabled: $disabled) {
  __typename ... on Done { message } ... on AuthError { code } } }`;

function setDisabled(app: TestApp, token: string, userId: string, disabled: boolean) {
  return mutate<{ message: string }>(app, DISABLE, { token, variables: { userId, disabled } });
}

onEachDatabase("a disabled user is signed out until enabled again", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken("OPERATE");
  const ada = await newPerson(app);
  const other = await newPerson(app);
  const cookie = await cookieOf(app, ada.username);
  const live = await subscribe(app.fetch, "subscription { events { type } }", { token: ada.accessToken });
  const byCookie = async () =>
    (await post(app, "{ viewer { username } }", { headers: { cookie, ...OWN_PAGE } })).data?.["viewer"];
  assert.deepEqual(await byCookie(), { username: ada.username });

  assert.equal((await setDisabled(app, token, ada.id, true)).message, "Disabled");
  await eventually(
    "ada's tokens are rejected",
    async () => await viewerOf(app, ada.accessToken) === null && await byCookie() === null,
    1,
  );
  assert.equal((await live.cutShort()).reason, "SESSION_ENDED");
  assert.equal((await refresh(app, ada.refreshToken)).code, "SESSION_ENDED");
  assert.equal((await signIn(app, ada.username)).code, "INVALID_CREDENTIALS");
  assert.equal(await viewerOf(app, other.accessToken), other.username);
  const shown = async () => {
    const { data } = await post(
      app,
      `query ($id: ID!) { user(id: $id) { disabled } userSessions(userId: $id) { id } }`,
      { token, variables: { id: ada.id } },
    );
    return data;
  };
  assert.deepEqual(await shown(), { user: { disabled: true }, userSessions: [] });

  await setDisabled(app, token, ada.id, true);
  assert.equal((await setDisabled(app, token, ada.id, false)).message, "Enabled");
  await setDisabled(app, token, ada.id, false);
  const again = await signedIn(app, ada.username);
  assert.equal(await viewerOf(app, again.accessToken), ada.username);
  assert.equal(await viewerOf(app, ada.accessToken), null, "ended sessions stay ended");
  assert.equal((await refresh(app, ada.refreshToken)).code, "SESSION_ENDED");
  await app.services.eventLog.settled();
  const { data } = await post(
    app,
    `query ($id: ID!) { events(userId: $id, types: ["user.disabled", "user.enabled"]) { nodes { type actor } } }`,
    { token, variables: { id: ada.id } },
  );
  const { nodes } = data?.["events"] as { nodes: { type: string; actor: string }[] };
  assert.deepEqual(nodes.map(({ type }) => type), ["user.disabled", "user.enabled"], "once each");
  assert.ok(nodes.every(({ actor }) => actor.startsWith("operator:operate-")));
  assert.equal((await setDisabled(app, token, newId("usr"), true)).code, "INVALID_INPUT");
  assert.equal((await setDisabled(app, token, "x", true)).code, "INVALID_INPUT");
});

onPostgres("a user who signs in while being disabled is not signed in afterwards", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken("OPERATE");
  const ada = await newPerson(app);
  for (let round = 0; round < 5; round++) {
    const [answers] = await Promise.all([
      times(8, async () => await signIn(app, ada.username)),
      times(8, () => refresh(app, ada.refreshToken)),
      setDisabled(app, token, ada.id, true),
    ]);
    const tokens = answers.flatMap((answer) => answer.tokens?.accessToken ?? []);
    await eventually("all of them are out", async () => {
      const viewers = await Promise.all([ada.accessToken, ...tokens].map((each) => viewerOf(app, each)));
      return viewers.every((viewer) => viewer === null);
    }, 1);
    await setDisabled(app, token, ada.id, false);
    Object.assign(ada, await signedIn(app, ada.username));
  }
});

onPglite("an operator ends all sessions of one user only", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken("OPERATE");
  const ada = await newPerson(app);
  const phone = await signedIn(app, ada.username);
  const other = await newPerson(app);
  const revoke = (userId: string) =>
    mutate<{ message: string }>(
      app,
      `mutation ($userId: ID!) { revokeUserSessions(userId: $userId) {
        __typename ... on Done { message } ... on AuthError { code } } }`,
      { token, variables: { userId } },
    );
  assert.equal((await revoke(ada.id)).message, "Ended 2 sessions");
  assert.equal((await revoke(ada.id)).message, "Ended 0 sessions");
  for (const { accessToken, refreshToken } of [ada, phone]) {
    await eventually("the session is over", async () => await viewerOf(app, accessToken) === null);
    assert.equal((await refresh(app, refreshToken)).code, "SESSION_ENDED");
  }
  assert.equal(await viewerOf(app, other.accessToken), other.username);
  assert.equal((await signIn(app, ada.username)).__typename, "SignedIn");
  assert.equal((await revoke(newId("usr"))).code, "INVALID_INPUT");
});

onPglite("only operators manage users, and READ only reads", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const CHANGES = [
    "setUserDisabled(userId: $id, disabled: true)",
    "revokeUserSessions(userId: $id)",
    "deleteUser(userId: $id)",
  ];
  const READS = ["user(id: $id) { id }", "users { nodes { id } }", "userSessions(userId: $id) { id }"];
  const codes = async (token: string | undefined) => {
    const variables = { id: ada.id };
    const found = new Set<string | undefined>();
    for (const read of READS) {
      const args = read.includes("$id") ? "($id: ID!)" : "";
      const { errors } = await post(app, `query ${args} { ${read} }`, { token, variables });
      found.add(`read: ${errors[0]?.extensions?.code}`);
    }
    for (const change of CHANGES) {
      const query = `mutation ($id: ID!) { ${change} { __typename ... on AuthError { code } } }`;
      found.add(`change: ${(await mutate(app, query, { token, variables })).code}`);
    }
    return [...found].sort();
  };
  assert.deepEqual(await codes(undefined), ["change: UNAUTHENTICATED", "read: UNAUTHENTICATED"]);
  assert.deepEqual(
    await codes(ada.accessToken),
    ["change: FORBIDDEN", "read: FORBIDDEN"],
    "not even one's own",
  );
  assert.deepEqual(await codes(await app.operatorToken("READ")), ["change: FORBIDDEN", "read: undefined"]);
  assert.equal(await viewerOf(app, ada.accessToken), ada.username);
});
