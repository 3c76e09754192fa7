import { cheapHash, cheapHashOf } from "../support/cheap_hash.ts";
import assert from "node:assert/strict";
import { hash as argon2 } from "@node-rs/argon2";
import { hash as bcrypt } from "@node-rs/bcrypt";
import { createHashQueue } from "../../src/sign_in/password/hash_queue.ts";
import { argon2id, DUMMY_HASH, type PasswordHash } from "../../src/lib/password_hash.ts";
import type { Fetch } from "../../src/http/router.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { counted, from, heldHash, mailedToken, metric } from "../support/callers.ts";
import { setDisabled, storedHash, storeHash, verifyEmail } from "../support/callers.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { eventually, pause, times } from "../support/eventually.ts";
import { newName, newPerson, PASSWORD, register, SIGN_IN, signedIn, signIn } from "../support/people.ts";
import { measured, roundTripsOf } from "../support/statements.ts";
import { type Answer, everythingOf, post } from "../support/wire.ts";

const BEST = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

onEachDatabase(
  "R16: passwords are hashed with argon2id, and weaker hashes are replaced at the sign-in",
  async (database) => {
    await using app = await startApp({ database, passwordHash: argon2id });
    await newPerson(app, "ada");
    const first = await storedHash(app, "ada");
    assert.match(first ?? "", BEST);
    await newPerson(app, "bob");
    assert.notEqual(await storedHash(app, "bob"), first, "each has a salt of its own");

    const better = await argon2(PASSWORD, { memoryCost: 20_000, timeCost: 3, parallelism: 1 });
    for (const kept of [first, better]) {
      await storeHash(app, "ada", kept);
      await signedIn(app, "ada");
      assert.equal(await storedHash(app, "ada"), kept);
    }
    const weaker = [
      await argon2(PASSWORD, { ...PARAMETERS, memoryCost: 4_096 }),
      await argon2(PASSWORD, { ...PARAMETERS, timeCost: 1 }),
      await bcrypt(PASSWORD, 4),
      (await bcrypt(PASSWORD, 4)).replace("$2y$", "$2b$"),
      (await bcrypt(PASSWORD, 4)).replace("$2y$", "$2a$"),
    ];
    for (const imported of weaker) {
      await storeHash(app, "ada", imported);
      assert.equal((await signIn(app, "ada", "wrong password")).code, "INVALID_CREDENTIALS");
      assert.equal(await storedHash(app, "ada"), imported, "nothing proved the password");
      await signedIn(app, "ada");
      assert.match(await storedHash(app, "ada") ?? "", BEST, imported);
      await signedIn(app, "ada");
    }
  },
);

/** Hashes that are damaged, of an unsupported kind, or too expensive to check. */
function damagedHashes(good: string, bcrypted: string): string[] {
  return [
    ...[
      "",
      " ",
      PASSWORD,
      "plain",
      "$",
      "$argon2id$",
      good.slice(0, -1),
      good.slice(0, -20),
      `${good} `,
      ` ${good}`,
    ],
    ...[
      good.replace("argon2id", "argon2i"),
      good.replace("argon2id", "argon2d"),
      good.replace("v=19", "v=16"),
    ],
    ...[good.replace("t=2", "t=0"), good.replace("p=1", "p=0"), good.replace("m=19456", "m=0")],
    ...[good.replace("m=19456", "m=4194304"), good.replace("t=2", "t=999"), good.replace("p=1", "p=99")],
    ...[good.replace(/[A-Za-z0-9]$/, "!"), good.replace(/\$[^$]+$/, ""), `${good}$${good}`],
    ...[
      bcrypted.slice(0, -1),
      `${bcrypted}x`,
      bcrypted.replace("$04$", "$31$"),
      bcrypted.replace("$04$", "$00$"),
    ],
    ...[
      bcrypted.replace("$2y$", "$2x$"),
      "$5$salt$hash",
      "5f4dcc3b5aa765d61d8327deb882cf99",
      `{SSHA}${good}`,
    ],
  ];
}

onPglite("R16: a damaged hash is answered like a wrong password", async (database) => {
  const env = { LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES: "1000" };
  await using app = await startApp({ database, env, passwordHash: argon2id });
  await newPerson(app, "ada");
  const wrong = everythingOf(await tried(app, "ada", "wrong password"));
  const damaged = damagedHashes(await argon2(PASSWORD, PARAMETERS), await bcrypt(PASSWORD, 4));
  for (const hash of damaged) {
    await storeHash(app, "ada", hash);
    for (const password of [PASSWORD, "", hash]) {
      assert.deepEqual(everythingOf(await tried(app, "ada", password)), wrong, hash);
    }
    assert.equal(await storedHash(app, "ada"), hash);
  }
  assert.equal(await argon2id.verify(DUMMY_HASH, PASSWORD), false);
});

onPglite(
  "R16: bcrypt reads 72 bytes: a longer password does not replace the hash, and NUL does not end it",
  async (database) => {
    await using app = await startApp({ database, passwordHash: argon2id });
    await newPerson(app, "ada");
    const first = "a".repeat(72);
    for (const owners of [first, `${first} and more`, "é".repeat(36), `${"é".repeat(36)}!`]) {
      const imported = await bcrypt(owners, 4);
      for (const typed of [`${owners}?`, owners.slice(0, 72), owners]) {
        await storeHash(app, "ada", imported);
        await signedIn(app, "ada", typed);
        assert.equal(await storedHash(app, "ada"), imported, "it did not prove all of what was typed");
      }
      await signedIn(app, "ada", owners);
    }
    const seen = "a".repeat(71);
    await storeHash(app, "ada", await bcrypt(seen, 4));
    for (const wrong of [`${seen}a`, `${seen}\0a`, `${seen}\0`]) {
      assert.equal((await signIn(app, "ada", wrong)).code, "INVALID_CREDENTIALS");
    }
    await signedIn(app, "ada", seen);
    assert.match(await storedHash(app, "ada") ?? "", BEST);
    await storeHash(app, "ada", await bcrypt("abcdefgh", 4));
    for (const wrong of ["abcdefgh\0", "abcdefgh\0abcdefgh"]) {
      assert.equal((await signIn(app, "ada", wrong)).code, "INVALID_CREDENTIALS");
    }
  },
);

onPglite(
  "R16: imported hashes are compared with the password as typed, also after they are replaced",
  async (database) => {
    await using app = await startApp({ database, passwordHash: argon2id });
    await newPerson(app, "ada");
    for (const typed of ["\ufb01ne ½ password", "cafe\u0301 au lait"]) {
      for (
        const imported of [await bcrypt(typed, 4), await argon2(typed, { memoryCost: 4_096, timeCost: 1 })]
      ) {
        await storeHash(app, "ada", imported);
        const normal = typed.normalize("NFKC");
        assert.equal(
          (await signIn(app, "ada", normal)).code,
          "INVALID_CREDENTIALS",
          "others told them apart",
        );
        await signedIn(app, "ada", typed);
        assert.match(await storedHash(app, "ada") ?? "", BEST);
        await signedIn(app, "ada", typed);
        assert.equal((await signIn(app, "ada", normal)).code, "INVALID_CREDENTIALS");
      }
    }
    // Hashed by a system that encodes passwords in Latin-1. The user must reset the password.
    await storeHash(
      app,
      "ada",
      await bcrypt(Uint8Array.from("caf\u00e9 noir", (letter) => letter.charCodeAt(0)), 4),
    );
    assert.equal((await signIn(app, "ada", "caf\u00e9 noir")).code, "INVALID_CREDENTIALS");
  },
);

onPglite("R16: a right password signs in while another sign-in replaces the hash", async (database) => {
  const held = heldHash();
  const old = cheapHashOf(PASSWORD);
  const passwordHash: PasswordHash = {
    hash: (password) => Promise.resolve(`better ${password}`),
    verify: async (hash, password) =>
      await held.passwordHash.verify(hash, password) || hash === `better ${password}`,
    isWeak: (hash) => hash === old,
  };
  await using app = await startApp({ database, passwordHash });
  for (const meanwhile of [PASSWORD, "a whole new one"]) {
    const username = newName();
    await register(app, { username, password: PASSWORD });
    await storeHash(app, username, old);
    held.hold(1);
    const slow = signIn(app, username);
    await eventually("the password is being checked", () => held.inFlight() === 1);
    await signedIn(app, username);
    await storeHash(app, username, `better ${meanwhile}`);
    held.release();
    const { code } = await slow;
    assert.equal(code, meanwhile === PASSWORD ? undefined : "INVALID_CREDENTIALS");
  }
});

function tried(app: { fetch: Fetch }, identifier: string, password: string): Promise<Answer> {
  return post(app, SIGN_IN, { variables: { input: { identifier, password } } });
}

/** Sign-ins that must all fail, of every kind, and the users they need. */
async function refusedPeople(app: TestApp): Promise<Record<string, [identifier: string, password: string]>> {
  const operator = await app.operatorToken("OPERATE");
  const ada = await newPerson(app, "ada");
  const bob = await newPerson(app, "bob");
  await setDisabled(app, operator, bob.id, true);
  await newPerson(app, "guest");
  await storeHash(app, "guest", null);
  await register(app, { username: "eve", email: "eve@example.test", password: PASSWORD });
  await register(app, { email: "zoe@example.test", password: PASSWORD });
  await mailedToken(app, "eve@example.test");
  await verifyEmail(app, await mailedToken(app, "zoe@example.test"));
  return {
    "a wrong password": [ada.username, "wrong password"],
    "an empty password": [ada.username, ""],
    "half a character": [ada.username, `${PASSWORD}\ud83e`],
    "a password of 60 kB": [ada.username, PASSWORD.repeat(2_000)],
    "a wrong password of an address": ["zoe@example.test", "wrong password"],
    "a disabled user": [bob.username, PASSWORD],
    "a disabled user's wrong password": [bob.username, "wrong password"],
    "a user without a password": ["guest", PASSWORD],
    "a user without a password, and none": ["guest", ""],
    "an address that was not proven": ["eve@example.test", PASSWORD],
    "an unknown name": ["nobody", PASSWORD],
    "an unknown address": ["nobody@example.test", PASSWORD],
    "no name": ["", PASSWORD],
    "NUL": ["ada\0", PASSWORD],
    "NUL in an address": ["zoe@example.test\0", PASSWORD],
    "half a character in the name": ["ada\ud83e", PASSWORD],
    "half a character in the address": ["ada\udd80@example.test", PASSWORD],
    "a name of 60 kB": ["a".repeat(60_000), PASSWORD],
    "an address of 60 kB": [`${"a".repeat(60_000)}@example.test`, PASSWORD],
    "SQL": ["ada' or '1'='1", PASSWORD],
    "a wildcard": ["ad%", PASSWORD],
  };
}

onEachDatabase("R19: all failed sign-ins get the same response, after one hash", async (database) => {
  const hash = cheapHash();
  await using app = await startApp({ database, passwordHash: hash });
  const answers = new Map<string, unknown>();
  for (const [who, [identifier, password]] of Object.entries(await refusedPeople(app))) {
    const before = hash.verified;
    answers.set(who, everythingOf(await tried(app, identifier, password)));
    assert.equal(hash.verified - before, 1, who);
  }
  const wrong = answers.get("a wrong password");
  assert.match(JSON.stringify(wrong), /INVALID_CREDENTIALS/);
  for (const [who, answer] of answers) assert.deepEqual(answer, wrong, who);
  const tooLong = await tried(app, "a".repeat(70_000), PASSWORD);
  assert.equal(tooLong.status, 413);
});

onEachDatabase("R19: all failed sign-ins cost the same round trips", async (database) => {
  await using app = await startApp({ database: measured(database), passwordHash: cheapHash() });
  const people = Object.entries(await refusedPeople(app));
  const near = from(app, "203.0.113.7");
  const costs = new Map<string, number>();
  for (const [who, [identifier, password]] of people) {
    costs.set(who, await roundTripsOf(() => tried(near, identifier, password)));
  }
  assert.equal(costs.get("a wrong password"), 4);
  for (const [who, cost] of costs) assert.equal(cost, 4, who);
});

const CORES = navigator.hardwareConcurrency;
const HEALTH = "{ serverHealth { hashQueue } }";

onPglite("R17: one hash per core, 64 waiting, and the next gets a time to retry", async (database) => {
  const held = heldHash();
  await using app = await startApp({ database, passwordHash: held.passwordHash });
  const token = await app.operatorToken("READ");
  const waiting = async () => {
    const { data } = await post(app, HEALTH, { token });
    return (data?.["serverHealth"] as { hashQueue: number }).hashQueue;
  };
  for (const outcome of ["INVALID_CREDENTIALS", undefined, "INVALID_CREDENTIALS"]) {
    held.hold();
    held.breakDown(outcome === undefined);
    const flood = Array.from({ length: CORES + 64 }, () =>
      post(app, SIGN_IN, {
        variables: { input: { identifier: newName(), password: PASSWORD } },
      }));
    await eventually("64 wait", async () => await waiting() === 64);
    assert.deepEqual([held.inFlight(), await metric(app, "hash_queue")], [CORES, 64]);
    const refused = await times(3, () => signIn(app, newName()));
    assert.deepEqual(counted(refused), { OVERLOADED: 3 });
    const { retryAfterSeconds } = refused[0] as unknown as { retryAfterSeconds: number };
    assert.ok(Number.isInteger(retryAfterSeconds) && retryAfterSeconds >= 1 && retryAfterSeconds < 60);
    assert.equal((await register(app, { username: newName(), password: PASSWORD })).code, "OVERLOADED");
    held.release();
    for (const { data, errors } of await Promise.all(flood)) {
      const answer = data?.["signInWithPassword"] as { code: string } | undefined;
      assert.equal(answer?.code, outcome);
      assert.equal(errors[0]?.extensions?.code, outcome ? undefined : "INTERNAL_SERVER_ERROR");
    }
    assert.deepEqual([await waiting(), held.mostInFlight()], [0, CORES]);
  }
});

Deno.test("R17: hashes run in the order of their requests, and a failed one frees its place", async () => {
  const held = heldHash();
  const seconds: number[] = [];
  const queue = createHashQueue(held.passwordHash, (each) => seconds.push(each), 1);
  const order: number[] = [];
  held.hold(1);
  held.breakDown(true);
  const first = queue.hash("0").catch(() => order.push(0));
  const rest = times(64, async (index) => {
    await (index % 2 ? queue.hash("x") : queue.verify("x", "x"));
    order.push(index + 1);
  });
  assert.equal(queue.waiting, 64);
  await assert.rejects(queue.verify("x", "x"), { code: "OVERLOADED" });
  held.release();
  await first;
  held.breakDown(false);
  await rest.catch(() => {});
  await pause(0);
  assert.equal(order[0], 0);
  assert.deepEqual(order.toSorted((a, b) => a - b), order);
  assert.equal(queue.waiting, 0);
  assert.equal(await queue.verify(cheapHashOf("x"), "x"), true);
  assert.equal(seconds.length, 66);
});
