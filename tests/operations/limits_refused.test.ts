import { cheapHash } from "../support/cheap_hash.ts";
import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { counted, from, mailedToken, requestReset } from "../support/callers.ts";
import { requestVerification, resetPassword, verifyEmail } from "../support/callers.ts";
import { codeFor, guest, requestCode, verifyCode, wrongCode } from "../support/codes.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { eventually, times } from "../support/eventually.ts";
import { measured, roundTripsOf } from "../support/statements.ts";
import { newName, newPerson, PASSWORD, register, signedIn, signIn } from "../support/people.ts";

const LIMITED = "RATE_LIMITED";
const WRONG = "INVALID_CREDENTIALS";

/** Every counter. */
const counts = (app: TestApp) =>
  app.services.db.selectFrom("rate_limits").selectAll().orderBy("key").execute();

const pointsOf = async (app: TestApp, limit: string) =>
  (await counts(app)).filter(({ key }) => key.startsWith(`${limit}:`)).map(({ points }) => points);

onEachDatabase("R53: a try refused by the address limit counts against no account", async (database) => {
  const env = { LIMIT_PASSWORDS_PER_ADDRESS_15_MINUTES: "3" };
  await using app = await startApp({ database, env });
  await newPerson(from(app, "198.51.100.1"), "ada");
  const near = from(app, "203.0.113.7");
  for (let index = 0; index < 3; index++) assert.equal((await signIn(near, newName())).code, WRONG);
  const before = await counts(app);
  const names = ["ada", ...Array.from({ length: 20 }, newName)];
  const answers = await times(
    60,
    (index) => signIn(near, names[index % names.length] ?? "", "wrong password"),
  );
  assert.deepEqual(counted(answers), { [LIMITED]: 60 });
  assert.deepEqual(await counts(app), before, "no row was added or changed");
  await signedIn(from(app, "203.0.113.8"), "ada");
});

onEachDatabase("R53: a try rejected because the hash queue is full is not counted", async (database) => {
  const released = Promise.withResolvers<void>();
  const passwordHash = cheapHash();
  passwordHash.verify = () => released.promise.then(() => false);
  await using app = await startApp({ database, passwordHash });
  const near = from(app, "203.0.113.7");
  const waiting = times(32 + navigator.hardwareConcurrency, () => signIn(near, newName()));
  await eventually("the queue is full", () => app.services.passwords.waiting === 32);
  const before = await counts(app);
  for (let tries = 0; tries < 5; tries++) {
    assert.equal((await signIn(near, newName())).code, "OVERLOADED");
  }
  assert.deepEqual(await counts(app), before);
  released.resolve();
  await waiting;
});

/** Requests that the limits of this test refuse. */
const REFUSED: Record<
  string,
  (app: Pick<TestApp, "fetch">) => Promise<{ __typename: string; code?: string }>
> = {
  "a code": (app) => requestCode(app, "ada@example.test"),
  "a code for another address": (app) => requestCode(app, "bob@example.test"),
  "a password reset": (app) => requestReset(app, "ada@example.test"),
  "a verification": (app) => requestVerification(app, "eve@example.test"),
  "a registration by address": (app) => register(app, { email: "zoe@example.test", password: PASSWORD }),
  "a registration by name": (app) => register(app, { username: newName(), password: PASSWORD }),
  "a guest": guest,
  "a link": (app) => verifyEmail(app, "spv_x"),
  "a reset link": (app) => resetPassword(app, "spw_x", PASSWORD),
};

onEachDatabase("R53: a refused request adds no row and changes no count", async (database) => {
  const env = {
    LIMIT_MAILS_PER_ADDRESS_HOUR: "1",
    LIMIT_GUESTS_PER_ADDRESS_HOUR: "1",
    LIMIT_LINKS_PER_ADDRESS_HOUR: "1",
    LIMIT_REGISTRATIONS_PER_ADDRESS_HOUR: "2",
    LIMIT_MAILS_PER_RECIPIENT_DAY: "1",
  };
  await using app = await startApp({ database, env });
  const [near, far] = [from(app, "203.0.113.7"), from(app, "203.0.113.8")];
  await requestCode(near, "ada@example.test");
  await requestReset(from(app, "203.0.113.9"), "ada@example.test");
  await guest(near);
  await verifyEmail(near, "spv_x");
  for (let index = 0; index < 2; index++) await register(near, { username: newName(), password: PASSWORD });
  const before = await counts(app);
  for (const [what, attempt] of Object.entries(REFUSED)) {
    assert.equal((await attempt(near)).code, LIMITED, what);
    assert.deepEqual(await counts(app), before, what);
  }
  // The recipient's limit is checked last and follows the same rule.
  assert.equal((await requestCode(far, "ada@example.test")).code, LIMITED);
  assert.deepEqual(await counts(app), before);
});

onEachDatabase(
  "R53: concurrent requests refused by the recipient's limit are not counted",
  async (database) => {
    await using app = await startApp({ database, env: { LIMIT_MAILS_PER_RECIPIENT_DAY: "1" } });
    const answers = await times(
      10,
      (index) => requestCode(from(app, `203.0.113.${index}`), "ada@example.test"),
    );
    assert.deepEqual(counted(answers), { EmailCodeSent: 1, [LIMITED]: 9 });
    const sum = (points: number[]) => points.reduce((all, one) => all + one, 0);
    assert.equal(sum(await pointsOf(app, "mailPerAddress")), 1);
    assert.equal(sum(await pointsOf(app, "codeInterval")), 1);
  },
);

onEachDatabase("R22: a code without tries left does not use up the account's tries", async (database) => {
  await using app = await startApp({ database });
  const { id, code } = await codeFor(app, "ada@example.test");
  const answers = await times(40, () => verifyCode(app, id, wrongCode(code)));
  assert.deepEqual(counted(answers), { CODE_REJECTED: 40 });
  assert.deepEqual(await pointsOf(app, "codePerAccount"), [5]);
});

/** Registers a user with a username and an e-mail address. */
async function newOwner(app: TestApp): Promise<void> {
  const home = from(app, "198.51.100.1");
  await register(home, { username: "ada", email: "ada@example.test", password: PASSWORD });
  await verifyEmail(home, await mailedToken(app, "ada@example.test"));
  await signedIn(home, "ada");
}

onEachDatabase("R41: the limits do not reveal which names belong to one account", async (database) => {
  const hash = cheapHash();
  await using app = await startApp({ database, passwordHash: hash });
  await newOwner(app);
  let clients = 0;
  const wrong = (name: string) =>
    signIn(from(app, `2001:db8:${clients++}::1`), name, "wrong password").then(({ code }) => code);
  const series = async (name: string) => {
    const codes = [];
    for (let index = 0; index < 12; index++) codes.push(await wrong(name));
    return codes;
  };
  const expected = [...new Array(10).fill(WRONG), LIMITED, LIMITED];
  assert.deepEqual(await series("ada"), expected);
  for (const name of ["ada@example.test", "eve@example.test", "eve"]) {
    const before = hash.verified;
    assert.deepEqual(await series(name), expected, name);
    assert.equal(hash.verified - before, 10, "the same number of hashes");
  }
});

onEachDatabase("R41: tries count against the account under each of its names", async (database) => {
  await using app = await startApp({ database });
  await newOwner(app);
  const stranger = from(app, "203.0.113.9");
  await times(10, () => signIn(stranger, "ada", "wrong password"));
  assert.equal(
    (await signIn(stranger, "ada@example.test")).code,
    WRONG,
    "the password is correct but not verified",
  );
  await signedIn(from(app, "198.51.100.1"), "ada@example.test");
  await times(10, () => signIn(stranger, "ada@example.test", "wrong password"));
  app.clock.advance(15 * 60 + 1);
  await signedIn(stranger, "ada@example.test");
  await signedIn(stranger, "ada");
});

onEachDatabase(
  "R19: an account over its limit costs the same round trips as an unknown name",
  async (database) => {
    await using app = await startApp({ database: measured(database) });
    await newOwner(app);
    const stranger = from(app, "203.0.113.9");
    await times(10, () => signIn(stranger, "ada", "wrong password"));
    const [known, unknown] = [
      await roundTripsOf(() => signIn(stranger, "ada@example.test", "wrong password")),
      await roundTripsOf(() => signIn(stranger, "eve@example.test", "wrong password")),
    ];
    assert.ok(known >= 4, `${known}`);
    assert.equal(known, unknown);
  },
);

onPglite("R41: a correct password resets the tries of the name it was used with", async (database) => {
  await using app = await startApp({ database });
  await newOwner(app);
  const stranger = from(app, "203.0.113.9");
  for (let round = 0; round < 3; round++) {
    await times(5, () => signIn(stranger, "ada", "wrong password"));
    await times(4, () => signIn(stranger, "ada@example.test", "wrong password"));
    await signedIn(stranger, "ada");
    if (round < 2) await signedIn(stranger, "ada@example.test");
  }
});
