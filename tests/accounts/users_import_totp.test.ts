import assert from "node:assert/strict";
import { importUsers } from "../../src/accounts/users/import_users.ts";
import { SYSTEM } from "../../src/events/events.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { eventsAbout } from "../support/callers.ts";
import { codeFor, verifyCode } from "../support/codes.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { challengeOf, factorsOf, proveFactor, regenerateCodes, totpAt } from "../support/factors.ts";
import { bcryptHash } from "../support/imported_users.ts";
import { mutate, signIn } from "../support/people.ts";
import { captureLogs, dump, leaks } from "../support/secrets.ts";

const IMPORT = `mutation ($users: [ImportUserInput!]!) { importUsers(users: $users) {
  __typename ... on UsersImported { added existing bad { index reason } } ... on AuthError { code message } } }`;

type Imported = { added: number[]; existing: number[]; bad: { index: number; reason: string }[] };

async function importAll(app: TestApp, users: Record<string, unknown>[]) {
  return await mutate<Imported>(app, IMPORT, {
    token: await app.operatorToken("REVEAL"),
    variables: { users },
  });
}

/** 80 bits, as many systems have given out. */
const SHORT = "JBSWY3DPEHPK3PXP";

/** 160 bits. */
const LONG = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

onEachDatabase(
  "imported users sign in with their password and a code of their authenticator",
  async (database) => {
    await using logs = await captureLogs();
    await using app = await startApp({ database });
    const { added, bad } = await importAll(app, [
      { username: "ada", passwordHash: bcryptHash, totp: [{ secret: SHORT }, { secret: LONG }] },
      {
        username: "bob",
        passwordHash: bcryptHash,
        totp: [{ secret: "gezd gnbv gy3t qojq ======", name: " Phone " }],
      },
      { username: "eve", passwordHash: bcryptHash, totp: [] },
      { email: "fay@example.test", emailVerified: true, totp: [{ secret: LONG }] },
    ]);
    assert.deepEqual([added, bad], [[0, 1, 2, 3], []]);

    const ada = await proveFactor(app, (await challengeOf(app, "ada")).id, { totp: totpAt(app, SHORT) });
    assert.deepEqual([ada.__typename, ada.session.assurance], ["SignedIn", "MULTI"]);
    const again = await challengeOf(app, "ada");
    assert.deepEqual(again.factors, ["TOTP"]);
    assert.equal(
      (await proveFactor(app, again.id, { totp: totpAt(app, SHORT) })).code,
      "SECOND_FACTOR_REJECTED",
    );
    assert.equal((await proveFactor(app, again.id, { totp: totpAt(app, LONG) })).__typename, "SignedIn");
    const bob = await proveFactor(app, (await challengeOf(app, "bob")).id, {
      totp: totpAt(app, "GEZDGNBVGY3TQOJQ"),
    });
    assert.equal((await signIn(app, "eve")).__typename, "SignedIn");
    const { id, code } = await codeFor(app, "fay@example.test");
    assert.equal((await verifyCode(app, id, code)).__typename, "SecondFactorRequired");

    const names = (await factorsOf(app, ada.tokens.accessToken)).map(({ kind, name }) => `${kind} ${name}`);
    assert.deepEqual(names.sort(), ["TOTP Authenticator app", "TOTP Authenticator app 2"]);
    assert.deepEqual((await factorsOf(app, bob.tokens.accessToken)).map(({ name }) => name), ["Phone"]);
    assert.equal((await regenerateCodes(app, ada.tokens.accessToken)).codes.length, 10);
    const types = (await eventsAbout(app, ada.user.id)).map(({ type }) => type);
    assert.deepEqual(types.slice(0, 3), ["user.imported", "factor.added", "factor.added"]);
    assert.deepEqual(leaks(await dump(app.services), [SHORT, LONG]), [], "the secrets are sealed");
    assert.deepEqual(leaks(logs.text(), [SHORT, LONG]), []);
  },
);

onPglite(
  "an authenticator that cannot be used here is a reason, which does not repeat its secret",
  async (database) => {
    await using app = await startApp({ database });
    const cases: [totp: Record<string, unknown>[], expected: RegExp][] = [
      [[{ secret: "" }], /^the secret of a totp is not base32$/],
      [[{ secret: "hunter2!" }], /^the secret of a totp is not base32$/],
      [[{ secret: "JBSWY3DPEHPK3PX1" }], /^the secret of a totp is not base32$/],
      [[{ secret: `${SHORT}\u0130` }], /^the secret of a totp is not base32$/],
      [[{ secret: SHORT.slice(0, 15) }], /^the secret of a totp is not 10 to 64 bytes\. Leave it out/],
      [[{ secret: "A".repeat(104) }], /^the secret of a totp is not 10 to 64 bytes/],
      [[{ secret: SHORT }, { secret: "short" }], /^the secret of a totp is not 10 to 64 bytes/],
      [[{ secret: SHORT }, { secret: SHORT.toLowerCase() }], /^totp has the same secret twice$/],
      [[{ secret: SHORT, name: " " }], /^Cannot use this name/],
      [[{ secret: SHORT, name: "half \ud83d" }], /^Cannot use this name/],
      [
        Array.from({ length: 11 }, () => ({ secret: SHORT })),
        /^totp and passkeys have more than 10 entries$/,
      ],
    ];
    const users = cases.map(([totp], index) => ({ username: `user${index}`, totp }));
    const { added, bad } = await importAll(app, [...users, { username: "fine", totp: [{ secret: SHORT }] }]);
    assert.deepEqual(added, [cases.length]);
    assert.equal(bad.length, cases.length);
    for (const { index, reason } of bad) {
      assert.match(reason, cases[index]?.[1] ?? /never/, `case ${index}`);
      assert.doesNotMatch(reason, /hunter2|JBSWY/);
    }
  },
);

onPglite("an import adds no authenticator to an existing user", async (database) => {
  await using app = await startApp({ database });
  await importAll(app, [{ username: "ada", passwordHash: bcryptHash }]);
  const { existing } = await importAll(app, [{ username: "ada", totp: [{ secret: SHORT }] }]);
  assert.deepEqual(existing, [0]);
  assert.equal((await signIn(app, "ada")).__typename, "SignedIn");
});

onEachDatabase("a thousand users with ten authenticators each are one import", async (database) => {
  await using app = await startApp({ database });
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const secretOf = (index: number) =>
    Array.from({ length: 16 }, (_, place) => digits[(index >> (place * 5)) & 31] ?? "A").join("");
  const users = Array.from({ length: 1_000 }, (_, user) => ({
    username: `user${user}`,
    passwordHash: bcryptHash,
    totp: Array.from({ length: 10 }, (_, index) => ({ secret: secretOf(index) })),
  }));
  const outcomes = await importUsers(app.services, { origin: SYSTEM, vouches: true }, users);
  assert.ok(outcomes.every((outcome) => outcome === "added"));
  const { id } = await challengeOf(app, "user999");
  assert.equal((await proveFactor(app, id, { totp: totpAt(app, secretOf(9)) })).__typename, "SignedIn");
});
