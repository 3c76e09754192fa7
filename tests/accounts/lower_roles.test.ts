import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { codeFor, verifyCode } from "../support/codes.ts";
import { newCredential } from "../support/credentials.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { argon2idHash, TOTP_SECRET } from "../support/imported_users.ts";
import { exported, newAuthenticator, usePasskey } from "../support/passkeys.ts";
import { mutate, newName, newPerson, signedIn, signIn } from "../support/people.ts";
import { mailedToken, verifyEmail } from "../support/token_kinds.ts";
import { post } from "../support/wire.ts";

const IMPORT = `mutation ($users: [ImportUserInput!]!) { importUsers(users: $users) {
  __typename ... on UsersImported { added existing bad { index reason } } } }`;

type Imported = { added: number[]; existing: number[]; bad: { index: number; reason: string }[] };

async function importAs(app: TestApp, role: "OPERATE" | "REVEAL", users: Record<string, unknown>[]) {
  const token = await app.operatorToken(role);
  return await mutate<Imported>(app, IMPORT, { token, variables: { users } });
}

const VERIFY = `mutation ($email: String) { requestEmailVerification(email: $email) { __typename } }`;

/** Requests a verification link, and returns its token. */
async function linkTo(app: TestApp, email: string): Promise<string> {
  const { __typename } = await mutate(app, VERIFY, { variables: { email } });
  assert.equal(__typename, "Done");
  return await mailedToken(app, email);
}

const passwordHash = argon2idHash;

onEachDatabase(
  "R54: importing a verified address together with a password needs the role REVEAL, other imports do not",
  async (database) => {
    await using app = await startApp({ database });
    const users = [
      { username: "both", email: "both@example.test", emailVerified: true, passwordHash },
      { username: "password", passwordHash },
      { email: "address@example.test", emailVerified: true },
      { username: "claim", email: "claim@example.test", emailVerified: false, passwordHash },
    ];
    const { added, bad } = await importAs(app, "OPERATE", users);
    assert.deepEqual([added, bad.map(({ index }) => index)], [[1, 2, 3], [0]]);
    assert.match(bad[0]?.reason ?? "", /operator token with the role REVEAL/);
    assert.equal((await signIn(app, "both")).code, "INVALID_CREDENTIALS");
    for (const name of ["password", "claim"]) {
      assert.equal((await signIn(app, name)).__typename, "SignedIn", name);
    }
    const again = await importAs(app, "REVEAL", users);
    assert.deepEqual([again.added, again.existing], [[0], [1, 2, 3]]);
    for (const name of ["both", "both@example.test"]) {
      assert.equal((await signIn(app, name)).__typename, "SignedIn", name);
    }
  },
);

onEachDatabase(
  "R54: importing a verified address together with a second factor needs the role REVEAL, other imports do not",
  async (database) => {
    await using app = await startApp({ database });
    const factors = [{ totp: [{ secret: TOTP_SECRET }] }, { passkeys: [exported(newAuthenticator())] }];
    const users = factors.map((factor, index) => ({ email: `user${index}@example.test`, ...factor }));
    const verified = users.map((user) => ({ ...user, emailVerified: true }));
    const refused = await importAs(app, "OPERATE", verified);
    assert.deepEqual([refused.added, refused.bad.map(({ index }) => index)], [[], [0, 1]]);
    for (const { reason } of refused.bad) assert.match(reason, /operator token with the role REVEAL/);
    assert.deepEqual((await importAs(app, "REVEAL", verified)).added, [0, 1]);
    const { added } = await importAs(app, "OPERATE", [
      { username: "named0", passwordHash, totp: [{ secret: TOTP_SECRET }] },
      { username: "named1", passkeys: [exported(newAuthenticator())], totp: [{ secret: TOTP_SECRET }] },
      { email: "empty@example.test", emailVerified: true, totp: [], passkeys: [] },
    ]);
    assert.deepEqual(added, [0, 1, 2]);
  },
);

onPglite(
  "R54: importing a passkey beside a password or another passkey needs the role REVEAL",
  async (database) => {
    await using app = await startApp({ database });
    const planted = newAuthenticator();
    const passkey = exported(planted);
    const users = [
      { username: "ada", passwordHash, totp: [{ secret: TOTP_SECRET }], passkeys: [passkey] },
      { username: "bob", passkeys: [exported(newAuthenticator()), passkey] },
    ];
    const { added, bad } = await importAs(app, "OPERATE", users);
    assert.deepEqual([added, bad.map(({ index }) => index)], [[], [0, 1]]);
    for (const { reason } of bad) {
      assert.match(reason, /passkey needs an operator token with the role REVEAL/);
    }
    assert.equal((await usePasskey(app, planted)).code, "SECOND_FACTOR_REJECTED");
    const one = await importAs(app, "REVEAL", [users[0] ?? {}]);
    assert.deepEqual(one.added, [0]);
    assert.equal((await usePasskey(app, planted)).__typename, "SignedIn");
  },
);

onPglite(
  "R54: an operator cannot get in with an imported passkey after the owner verifies the address by link",
  async (database) => {
    await using app = await startApp({ database });
    const email = "ada@example.test";
    const planted = newAuthenticator();
    await importAs(app, "OPERATE", [{ username: "ada", email, passkeys: [exported(planted)] }]);
    assert.equal((await usePasskey(app, planted)).__typename, "SignedIn");
    assert.equal(await verifyEmail(app, await linkTo(app, email)), "Done");
    assert.equal((await usePasskey(app, planted)).code, "SECOND_FACTOR_REJECTED");
    const { id, code } = await codeFor(app, email);
    assert.equal((await verifyCode(app, id, code)).__typename, "SignedIn", "no second factor is left");
  },
);

onPglite(
  "R54: an operator cannot get in with an imported password after the owner verifies the address by link",
  async (database) => {
    await using app = await startApp({ database });
    const email = "ada@example.test";
    await importAs(app, "OPERATE", [{ username: "ada", email, passwordHash }]);
    const planted = await signedIn(app, "ada");
    assert.equal(await verifyEmail(app, await linkTo(app, email)), "Done");
    assert.equal((await signIn(app, "ada")).code, "INVALID_CREDENTIALS");
    assert.equal((await signIn(app, email)).code, "INVALID_CREDENTIALS");
    const { data } = await post(app, "{ viewer { id } }", { token: planted.accessToken });
    assert.equal(data?.["viewer"] ?? null, null, "the operator's session has ended");
    const { id, code } = await codeFor(app, email);
    assert.equal((await verifyCode(app, id, code)).user.id, planted.id);
  },
);

onPglite(
  "R54: an operator who imports a user's password with the operator's own address does not get the user's credentials",
  async (database) => {
    await using app = await startApp({ database });
    const email = "mallory@example.test";
    await importAs(app, "OPERATE", [{ username: "ada", email, passwordHash }]);
    const ada = await signedIn(app, "ada");
    await newCredential(app, app.client(ada.accessToken));
    assert.equal(await verifyEmail(app, await linkTo(app, email)), "Done");
    const { id, code } = await codeFor(app, email);
    const { tokens } = await verifyCode(app, id, code);
    const { data } = await post(app, "{ credentials { nodes { id } } }", { token: tokens.accessToken });
    assert.deepEqual(data?.["credentials"], { nodes: [] });
  },
);

onPglite(
  "an imported password stays valid if the user verifies the address signed in, or if REVEAL vouches",
  async (database) => {
    await using app = await startApp({ database });
    for (const role of ["OPERATE", "REVEAL"] as const) {
      const username = newName();
      const email = `${username}@example.test`;
      await importAs(app, role, [{ username, email, passwordHash }]);
      const token = role === "OPERATE" ? (await signedIn(app, username)).accessToken : undefined;
      const link = await linkTo(app, email);
      const verify = "mutation ($token: String!) { verifyEmail(token: $token) { __typename } }";
      assert.equal((await mutate(app, verify, { token, variables: { token: link } })).__typename, "Done");
      assert.equal((await signIn(app, email)).__typename, "SignedIn", role);
    }
  },
);

onPglite("R54: an operator with the role READ cannot approve a user's Modal flow", async (database) => {
  await using app = await startApp({ database });
  const { accessToken } = await newPerson(app);
  const start = `mutation { startModalTokenFlow { __typename
    ... on ModalTokenFlowStarted { flow { id tokenFlowId webUrl } } } }`;
  const { flow } = await mutate<{ flow: { id: string; tokenFlowId: string | null; webUrl: string | null } }>(
    app,
    start,
    { token: accessToken },
  );
  const { tokenFlowId, webUrl } = flow;
  assert.ok(tokenFlowId && webUrl);
  const query =
    `query ($id: ID!) { flow(id: $id) { id steps { data } ... on ModalTokenFlow { tokenFlowId webUrl code } } }`;
  const read = { token: await app.operatorToken("READ"), variables: { id: flow.id } };
  const { data, text } = await post(app, query, read);
  assert.ok(data?.["flow"], text);
  for (const lead of [tokenFlowId, webUrl]) assert.ok(!text.includes(lead), text);
  const helper = await post(app, query, { ...read, token: await app.operatorToken("OPERATE") });
  assert.ok(helper.text.includes(webUrl), "an operator who may act still helps");
});
