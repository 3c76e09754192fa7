import { cheapHash } from "../support/cheap_hash.ts";
import assert from "node:assert/strict";
import { newKeyring, startApp } from "../support/app.ts";
import { changePassword, counted, from, metric } from "../support/callers.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { times } from "../support/eventually.ts";
import {
  newName,
  newPerson,
  PASSWORD,
  refresh,
  register,
  signedIn,
  signIn,
  viewerOf,
} from "../support/people.ts";

/** Documentation addresses (RFC 5737) of the owner and of strangers. */
const HOME = "198.51.100.1";
const stranger = (index: number) => `203.0.113.${index}`;

const LIMITED = "RATE_LIMITED";
const WRONG = "INVALID_CREDENTIALS";

onEachDatabase("R41: of 100 concurrent wrong passwords, 10 are verified", async (database) => {
  const hash = cheapHash();
  await using app = await startApp({ database, passwordHash: hash });
  const ada = await newPerson(app, "ada");
  for (const name of ["ada", "nobody", "nobody@example.test"]) {
    const before = hash.verified;
    const answers = await times(
      100,
      (index) => signIn(from(app, stranger(index)), name, `wrong password ${index}`),
    );
    assert.deepEqual(counted(answers), { [WRONG]: 10, [LIMITED]: 90 }, name);
    assert.equal(hash.verified - before, 10, name);
    for (const { code, message, retryAfterSeconds } of answers as unknown as Limited[]) {
      if (code !== LIMITED) continue;
      assert.equal(message, "Cannot sign in with a password now: too many attempts");
      assert.ok(retryAfterSeconds > 800 && retryAfterSeconds <= 900, String(retryAfterSeconds));
    }
  }
  assert.equal(await metric(app, "limits_hit_total"), 270);
  // The limit does not end sessions.
  assert.equal(await viewerOf(app, ada.accessToken), "ada");
  assert.equal((await refresh(app, ada.refreshToken)).__typename, "SignedIn");
});

type Limited = { code: string; message: string; retryAfterSeconds: number };

onEachDatabase("R41: strangers cannot lock the owner out, and the limit expires", async (database) => {
  const hash = cheapHash();
  await using app = await startApp({ database, passwordHash: hash });
  const home = from(app, HOME);
  await newPerson(home, "ada");
  const attack = () => times(10, (index) => signIn(from(app, stranger(index)), "ada", "wrong password"));
  assert.deepEqual(counted(await attack()), { [WRONG]: 10 });

  const before = hash.verified;
  for (const identifier of ["ada", "ADA", " ada "]) {
    assert.equal(
      (await signIn(from(app, stranger(99)), identifier)).code,
      LIMITED,
      "even with the correct password",
    );
    assert.equal(
      (await signIn(app, identifier)).code,
      LIMITED,
      "a request without an address is not from home",
    );
  }
  assert.equal(hash.verified, before);
  await signedIn(home, "ada");
  await signedIn(from(app, stranger(98)), "ada");

  // The reserve: ten tries from home, independent of other addresses.
  assert.deepEqual(counted(await attack()), { [WRONG]: 10 });
  assert.deepEqual(counted(await times(20, () => signIn(home, "ada", "wrong password"))), {
    [WRONG]: 9,
    [LIMITED]: 11,
  });
  assert.equal((await signIn(home, "ada")).code, LIMITED);

  const [{ retryAfterSeconds }] = await attack() as unknown as [Limited];
  assert.ok(retryAfterSeconds > 0 && retryAfterSeconds <= 900);
  app.clock.advance(retryAfterSeconds - 60);
  assert.equal((await signIn(from(app, stranger(99)), "ada")).code, LIMITED);
  app.clock.advance(61);
  await signedIn(from(app, stranger(99)), "ada");
});

onPglite("R41: a correct password resets the count of wrong tries", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app, "ada");
  for (let round = 0; round < 3; round++) {
    const answers = await times(9, () => signIn(app, "ada", "wrong password"));
    assert.deepEqual(counted(answers), { [WRONG]: 9 });
    await signedIn(app, "ada");
  }
  // Changing one's own password has its own count, with the same rule.
  for (let round = 0; round < 3; round++) {
    const answers = await times(
      9,
      () => changePassword(app, ada.accessToken, "wrong password", "another one"),
    );
    assert.deepEqual(counted(answers), { [WRONG]: 9 });
    assert.equal((await changePassword(app, ada.accessToken, PASSWORD, PASSWORD)).__typename, "Done");
  }
  const many = await times(20, () => changePassword(app, ada.accessToken, "wrong password", "another one"));
  assert.deepEqual(counted(many), { [WRONG]: 10, [LIMITED]: 10 });
  assert.equal((await changePassword(app, ada.accessToken, PASSWORD, "another one")).code, LIMITED);
  await signedIn(app, "ada");
  assert.equal(await viewerOf(app, ada.accessToken), "ada");
});

onPglite("R41: a correct password with a weak new one does not count as wrong", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app, "ada");
  for (let index = 0; index < 12; index++) {
    assert.equal((await changePassword(app, ada.accessToken, PASSWORD, "weak")).code, "WEAK_PASSWORD");
  }
});

onEachDatabase(
  "R41: wrong passwords from one address are limited, but its known users can sign in",
  async (database) => {
    const env = { LIMIT_PASSWORDS_PER_ADDRESS_15_MINUTES: "5" };
    await using app = await startApp({ database, env });
    const [near, far] = [from(app, stranger(1)), from(app, stranger(2))];
    await newPerson(near, "ada");
    for (let index = 0; index < 4; index++) assert.equal((await signIn(near, newName())).code, WRONG);
    await signedIn(near, "ada");
    assert.equal(
      (await signIn(near, "ada", "wrong password")).code,
      WRONG,
      "a correct password does not reset the address's count",
    );
    assert.equal((await signIn(near, newName())).code, LIMITED);
    await register(far, { username: "bob", password: PASSWORD });
    assert.equal((await signIn(near, "bob")).code, LIMITED);
    await signedIn(near, "ada");
    await signedIn(far, "ada");
    await signedIn(app, "ada");
    app.clock.advance(15 * 60 + 1);
    await signedIn(near, "bob");
  },
);

onPostgres("R40: counts apply on all instances and after a restart", async (database) => {
  const keys = newKeyring();
  const wrong = (app: Parameters<typeof signIn>[0]) => signIn(app, "ada", "wrong password");
  {
    await using one = await startApp({ database, keys });
    await using two = await startApp({ database, keys });
    await register(one, { username: "ada", password: PASSWORD });
    const answers = await times(40, (index) => wrong(index % 2 ? one : two));
    assert.deepEqual(counted(answers), { [WRONG]: 10, [LIMITED]: 30 });
  }
  await using again = await startApp({ database, keys });
  assert.equal((await signIn(again, "ada")).code, LIMITED);
});

onPglite("R40: counts apply after a restart", async (database) => {
  const keys = newKeyring();
  {
    await using app = await startApp({ database, keys });
    await register(app, { username: "ada", password: PASSWORD });
    await times(10, () => signIn(app, "ada", "wrong password"));
  }
  await using again = await startApp({ database, keys });
  assert.equal((await signIn(again, "ada")).code, LIMITED);
});
