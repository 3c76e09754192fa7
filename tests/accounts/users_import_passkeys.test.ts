import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { startApp, type TestApp } from "../support/app.ts";
import { SoftwareAuthenticator } from "../support/authenticator.ts";
import { eventsAbout } from "../support/callers.ts";
import { codeFor, verifyCode } from "../support/codes.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { challengeOf, factorsOf, proveFactor, regenerateCodes } from "../support/factors.ts";
import { bcryptHash, TOTP_SECRET } from "../support/imported_users.ts";
import {
  addPasskey,
  exported,
  finishRegistration,
  newAuthenticator,
  ORIGIN,
  passkeyOptions,
  signUpWithPasskey,
  startRegistration,
  usePasskey,
} from "../support/passkeys.ts";
import { mutate, signIn } from "../support/people.ts";

const IMPORT = `mutation ($users: [ImportUserInput!]!) { importUsers(users: $users) {
  __typename ... on UsersImported { added existing bad { index reason } } ... on AuthError { code message } } }`;

type Imported = { added: number[]; existing: number[]; bad: { index: number; reason: string }[] };

async function importAll(
  app: TestApp,
  users: Record<string, unknown>[],
  role: "OPERATE" | "REVEAL" = "REVEAL",
) {
  return await mutate<Imported>(app, IMPORT, {
    token: await app.operatorToken(role),
    variables: { users },
  });
}

onEachDatabase(
  "imported users sign in with their passkeys, and only with their own user handle",
  async (database) => {
    await using app = await startApp({ database });
    const [phone, key, laptop] = [
      newAuthenticator(),
      newAuthenticator({ counterStep: 0 }),
      newAuthenticator(),
    ];
    const first = exported(phone);
    const second = {
      ...exported(key),
      name: " Key ",
      transports: ["usb"],
      createdAt: "2024-03-31T12:00:00Z",
    };
    const { userHandle: _unknown, ...third } = exported(laptop);
    const padded = Buffer.from(third.publicKey, "base64url").toString("base64");
    const { added, bad } = await importAll(app, [
      { username: "ada", passwordHash: bcryptHash, passkeys: [first, second] },
      { email: "bob@example.test", emailVerified: true, passkeys: [{ ...third, publicKey: padded }] },
    ]);
    assert.deepEqual([added, bad], [[0, 1], []]);

    const ada = await usePasskey(app, phone);
    assert.deepEqual([ada.__typename, ada.session?.assurance], ["SignedIn", "PHISHING_RESISTANT"]);
    assert.equal((await usePasskey(app, key)).user.id, ada.user.id);
    const bob = await usePasskey(app, laptop);
    assert.equal(bob.__typename, "SignedIn", "a passkey without a known user handle signs in");
    assert.notEqual(bob.user.id, ada.user.id);

    const challenge = await challengeOf(app, "ada");
    const response = phone.get(await passkeyOptions(app, challenge.id), ORIGIN);
    assert.equal((await proveFactor(app, challenge.id, { passkey: response })).__typename, "SignedIn");
    const { id, code } = await codeFor(app, "bob@example.test");
    assert.equal((await verifyCode(app, id, code)).__typename, "SecondFactorRequired");

    const [credential] = phone.credentials;
    const stolen = new SoftwareAuthenticator();
    stolen.credentials.push({ ...(credential ?? assert.fail()), userHandle: "b3RoZXI" });
    assert.equal((await usePasskey(app, stolen)).code, "SECOND_FACTOR_REJECTED");

    const factors = await factorsOf(app, ada.tokens.accessToken);
    assert.deepEqual(factors.map(({ name }) => name).sort(), ["Key", "Passkey"]);
    const dated = factors.find(({ name }) => name === "Key");
    assert.equal(dated?.createdAt, "2024-03-31T12:00:00.000Z");
    assert.equal((await regenerateCodes(app, ada.tokens.accessToken)).codes.length, 10);
    const types = (await eventsAbout(app, ada.user.id)).map(({ type }) => type);
    assert.deepEqual(types.slice(0, 3), ["user.imported", "factor.added", "factor.added"]);
  },
);

onPglite("an authenticator with an imported passkey makes no second one", async (database) => {
  await using app = await startApp({ database });
  const phone = newAuthenticator();
  const passkey = exported(phone);
  await importAll(app, [{ username: "ada", passkeys: [passkey] }]);
  const { tokens } = await usePasskey(app, phone);
  const { options } = await startRegistration(app, { token: tokens.accessToken });
  assert.deepEqual(options.excludeCredentials?.map(({ id }) => id), [passkey.credentialId]);
  assert.throws(() => phone.create(options, ORIGIN), { name: "InvalidStateError" });
  await addPasskey(app, tokens.accessToken, newAuthenticator());
  const other = await signUpWithPasskey(app, newAuthenticator());
  const { id, options: theirs } = await startRegistration(app, { token: other.tokens.accessToken });
  const claimed = newAuthenticator().create(theirs, ORIGIN, passkey.credentialId);
  const refused = await finishRegistration(app, other.tokens.accessToken, {
    ceremonyId: id,
    response: claimed,
  });
  assert.equal(refused.code, "SECOND_FACTOR_REJECTED");
});

onPglite("the counter of an imported passkey continues", async (database) => {
  await using app = await startApp({ database });
  const phone = newAuthenticator();
  const passkey = { ...exported(phone), counter: 2 ** 32 - 1 };
  await importAll(app, [{ username: "ada", passkeys: [passkey] }]);
  const { user } = await usePasskey(app, phone);
  const warning = (await eventsAbout(app, user.id)).find(({ type }) => type === "factor.counter_went_back");
  assert.equal(warning?.data["last"], 2 ** 32 - 1);
});

onPglite(
  "a passkey that cannot be used here is a reason, and the other users are added",
  async (database) => {
    await using app = await startApp({ database });
    const good = exported(newAuthenticator());
    const bytes = (count: number) => Buffer.alloc(count, 7).toString("base64url");
    const offCurve = Buffer.from(good.publicKey, "base64url");
    offCurve.writeUInt8(offCurve.readUInt8(offCurve.length - 1) ^ 1, offCurve.length - 1);
    const es384 = Buffer.from(good.publicKey, "base64url").toString("hex").replace(
      /^a501020326/,
      "a50102033822",
    );
    const cases: [change: Record<string, unknown>, expected: RegExp][] = [
      [{ credentialId: "" }, /^the credentialId of a passkey is not base64url of 1 to 1023 bytes$/],
      [{ credentialId: "hunter2!" }, /^the credentialId of a passkey is not base64url/],
      [{ credentialId: bytes(1024) }, /^the credentialId of a passkey is not base64url of 1 to 1023 bytes$/],
      [{ publicKey: "" }, /^the publicKey of a passkey is not a COSE key/],
      [{ publicKey: "hunter2!" }, /^the publicKey of a passkey is not a COSE key/],
      [{ publicKey: good.publicKey.slice(0, -8) }, /^the publicKey of a passkey is not a COSE key/],
      [{ publicKey: offCurve.toString("base64url") }, /^the publicKey of a passkey is not a COSE key/],
      [
        { publicKey: Buffer.from(es384, "hex").toString("base64url") },
        /^the publicKey of a passkey is not a/,
      ],
      [{ publicKey: bytes(1025) }, /^the publicKey of a passkey is not a COSE key/],
      [{ counter: -1 }, /^the counter of a passkey is not 0 to 4294967295$/],
      [{ counter: 2 ** 32 }, /^the counter of a passkey is not 0 to 4294967295$/],
      [{ counter: 0.5 }, /^the counter of a passkey is not 0 to 4294967295$/],
      [{ userHandle: "" }, /^the userHandle of a passkey is not base64url of 1 to 64 bytes$/],
      [{ userHandle: bytes(65) }, /^the userHandle of a passkey is not base64url of 1 to 64 bytes$/],
      [{ transports: ["in ternal"] }, /^the transports of a passkey are not a list/],
      [{ transports: Array.from({ length: 9 }, () => "usb") }, /^the transports of a passkey are not a list/],
      [{ name: " " }, /^Cannot use this name/],
      [{ createdAt: "2999-01-01T00:00:00Z" }, /^the createdAt of a passkey is not between 1970 and now$/],
      [{ createdAt: "1969-01-01T00:00:00Z" }, /^the createdAt of a passkey is not between 1970 and now$/],
    ];
    const bad = cases.map(([change, expected]) => ({ passkeys: [{ ...good, ...change }], expected }));
    const many = Array.from({ length: 10 }, (_, index) => ({ ...good, credentialId: bytes(index + 1) }));
    const lists = [
      { passkeys: [good, good], expected: /^passkeys has the same credentialId twice$/ },
      { passkeys: [...many, good], expected: /^totp and passkeys have more than 10 entries$/ },
      {
        passkeys: many,
        totp: [{ secret: TOTP_SECRET }],
        expected: /^totp and passkeys have more than 10 entries$/,
      },
    ];
    const lines = [...bad, ...lists];
    const users = lines.map(({ expected: _, ...user }, index) => ({ username: `user${index}`, ...user }));
    const outcome = await importAll(app, [...users, { username: "fine", passkeys: [good] }]);
    assert.deepEqual(outcome.added, [lines.length]);
    assert.equal(outcome.bad.length, lines.length);
    for (const { index, reason } of outcome.bad) {
      assert.match(reason, lines[index]?.expected ?? /never/, `case ${index}`);
      assert.doesNotMatch(reason, /hunter2/);
    }
  },
);

onEachDatabase("a passkey has one owner, in the file and among all accounts", async (database) => {
  await using app = await startApp({ database });
  const [phone, other, laptop] = [newAuthenticator(), newAuthenticator(), newAuthenticator()];
  const [passkey, free] = [exported(phone), exported(laptop)];
  const { user: owner } = await signUpWithPasskey(app, other);
  const owned = { ...passkey, credentialId: other.credentials[0]?.id };
  const users = [
    { username: "ada", passkeys: [passkey] },
    { username: "bob", passkeys: [passkey] },
    { username: "bob", passwordHash: bcryptHash },
    { username: "eve", passkeys: [free, owned] },
  ];
  const first = await importAll(app, users);
  assert.deepEqual([first.added, first.existing], [[0, 2], []]);
  assert.deepEqual(
    first.bad.map(({ index, reason }) => [index, reason]),
    [1, 3].map((index) => [index, "another user has one of these passkeys"]),
  );
  assert.equal((await usePasskey(app, other)).user.id, owner.id);
  assert.equal((await usePasskey(app, laptop)).code, "SECOND_FACTOR_REJECTED");
  assert.equal((await signIn(app, "bob")).__typename, "SignedIn", "the later line has added this user");
  const again = await importAll(app, users);
  assert.deepEqual([again.added, again.existing], [[], [0, 1, 2]]);
  assert.deepEqual(again.bad.map(({ index }) => index), [3]);
  const { added } = await importAll(app, [{ username: "eve", passkeys: [free] }]);
  assert.deepEqual(added, [0]);
});
