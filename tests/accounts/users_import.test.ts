import { argon2id } from "../../src/lib/password_hash.ts";
import assert from "node:assert/strict";
import { hash as bcrypt, verify as bcryptVerify } from "@node-rs/bcrypt";
import { sql } from "kysely";
import { SYSTEM } from "../../src/events/events.ts";
import { type ImportUser, importUsers } from "../../src/accounts/users/import_users.ts";
import { lockEmail, setEmailVerified } from "../../src/accounts/users/users.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { argon2idHash, bcryptHash, countAll } from "../support/imported_users.ts";
import { mutate, PASSWORD, register, signIn } from "../support/people.ts";
import { captureLogs, dump } from "../support/secrets.ts";
import { post } from "../support/wire.ts";

const IMPORT = `mutation ($users: [ImportUserInput!]!) { importUsers(users: $users) {
  __typename ... on UsersImported { added existing bad { index reason } } ... on AuthError { code message } } }`;

const IMPORTER = { origin: SYSTEM, vouches: true };

type Imported = {
  added: number[];
  existing: number[];
  bad: { index: number; reason: string }[];
  message: string;
};

async function importAs(app: TestApp, users: Record<string, unknown>[], token?: string) {
  const asked = token ?? await app.operatorToken("REVEAL");
  return await mutate<Imported>(app, IMPORT, { token: asked, variables: { users } });
}

/** The stored password hash of this user. */
async function storedHash({ services }: TestApp, username: string): Promise<string | null | undefined> {
  const { rows } = await sql<{ password_hash: string | null }>`
    select password_hash from users where username = ${username}`.execute(services.db);
  return rows[0]?.password_hash;
}

onEachDatabase("imported users sign in with their existing passwords", async (database) => {
  await using app = await startApp({ database, passwordHash: argon2id });
  const token = await app.operatorToken("REVEAL");
  const php = bcryptHash.replace("$2b$", "$2y$");
  const users = [
    { username: "Ada", passwordHash: bcryptHash, createdAt: "2019-04-01T10:00:00.000Z", name: "Ada L." },
    { username: "bob", passwordHash: argon2idHash, createdAt: "2021-04-01T10:00:00.000Z", disabled: false },
    { email: "Eve@Example.test", emailVerified: true, passwordHash: php },
    { email: "claims@example.test", passwordHash: bcryptHash },
    { username: "gone", passwordHash: bcryptHash, disabled: true },
    { username: "without" },
  ];
  const answer = await importAs(app, users, token);
  assert.deepEqual(answer, { __typename: "UsersImported", added: [0, 1, 2, 3, 4, 5], existing: [], bad: [] });
  for (const name of ["ada", "BOB", "eve@example.test"]) {
    assert.equal((await signIn(app, name, "wrong horse")).code, "INVALID_CREDENTIALS", name);
    assert.equal((await signIn(app, name)).__typename, "SignedIn", name);
  }
  for (const name of ["claims@example.test", "gone", "without"]) {
    assert.equal((await signIn(app, name)).code, "INVALID_CREDENTIALS", name);
  }
  // The sign-in replaced the weaker hash, and the password still works.
  for (const name of ["Ada", "bob"]) {
    assert.match(await storedHash(app, name) ?? "", /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/, name);
    assert.equal((await signIn(app, name)).__typename, "SignedIn", name);
  }
  assert.equal(await storedHash(app, "gone"), bcryptHash);

  await app.services.eventLog.settled();
  const { data } = await post(
    app,
    `{ users { nodes { username email emailVerified name disabled isGuest state createdAt } }
      events(first: 50) { nodes { type actor data } } }`,
    { token },
  );
  const { nodes } = data?.["users"] as { nodes: Record<string, unknown>[] };
  // In the order of their creation in the other system.
  assert.deepEqual(nodes.slice(0, 2), [
    {
      username: "Ada",
      email: null,
      emailVerified: false,
      name: "Ada L.",
      disabled: false,
      isGuest: false,
      state: "AUTH",
      createdAt: "2019-04-01T10:00:00.000Z",
    },
    {
      username: "bob",
      email: null,
      emailVerified: false,
      name: null,
      disabled: false,
      isGuest: false,
      state: "AUTH",
      createdAt: "2021-04-01T10:00:00.000Z",
    },
  ]);
  const events = data?.["events"] as { nodes: { type: string; actor: string }[] };
  const imported = events.nodes.filter(({ type }) => type === "user.imported");
  assert.equal(imported.length, users.length);
  assert.ok(imported.every(({ actor }) => actor.startsWith("operator:reveal-")));
});

onEachDatabase(
  "existing users do not change, and each name belongs to one user",
  async (database) => {
    await using app = await startApp({ database, passwordHash: argon2id });
    const token = await app.operatorToken("REVEAL");
    await register(app, { username: "taken", email: "taken@example.test", password: PASSWORD });
    const cases: [user: Record<string, unknown>, expected: "added" | "existing" | RegExp][] = [
      [
        { username: "ada", email: "ada@example.test", emailVerified: true, passwordHash: bcryptHash },
        "added",
      ],
      [{ username: "ADA", email: "ADA@example.test", emailVerified: true }, "existing"],
      [{ username: "Ada" }, "existing"],
      [{ email: "ada@EXAMPLE.test" }, "existing"],
      [{ email: "ada@example.test", emailVerified: true }, "existing"],
      [{ username: "ada", email: "other@example.test" }, /username belongs to a user without/],
      [{ username: "ada2", email: "ada@example.test", emailVerified: true }, /another user has verified/],
      // An unverified address belongs to no user.
      [{ username: "ada3", email: "ada@example.test" }, "added"],
      [{ email: "unproven@example.test", passwordHash: bcryptHash }, "added"],
      [{ email: "Unproven@example.test" }, "existing"],
      [{ email: "unproven@example.test", emailVerified: true, passwordHash: bcryptHash }, "added"],
      [{ email: "unproven@example.test" }, "existing"],
      // A user registered with the name and only claims the address, so it is not the imported user.
      [
        { username: "taken", email: "taken@example.test", emailVerified: true },
        /username belongs to a user without/,
      ],
      [{ username: "taken", email: "taken@example.test" }, "existing"],
      [{ email: "taken@example.test", emailVerified: true, passwordHash: bcryptHash }, "added"],
      [{}, /neither a username nor an e-mail/],
      [{ username: "a b" }, /Cannot use this username/],
      [{ username: "nul\u0000" }, /Cannot use this username/],
      [{ email: "x@localhost" }, /Cannot use this e-mail address/],
      [{ email: "\ud800@example.test" }, /Cannot use this e-mail address/],
      [{ username: "n1", emailVerified: true }, /emailVerified is set/],
      [{ username: "n2", name: "nul\u0000" }, /name is not/],
      [{ username: "n3", name: "half \ud83d" }, /name is not/],
      [{ username: "n4", name: "n".repeat(201) }, /name is not/],
      [{ username: "n5", name: "  " }, /name is not/],
      [{ username: "n6", passwordHash: "hunter2" }, /passwordHash is not a hash.*never a password/],
      [{ username: "n7", passwordHash: bcryptHash.replace("$04$", "$03$") }, /passwordHash is not a hash/],
      [{ username: "n8", passwordHash: argon2idHash.replace("p=1", "p=0") }, /passwordHash is not a hash/],
      [{ username: "n9", createdAt: "2999-01-01T00:00:00.000Z" }, /createdAt is not between 1970 and now/],
      [{ username: "n10", createdAt: "1969-12-31T23:59:59.999Z" }, /createdAt is not between 1970 and now/],
      [{ username: null, email: null, name: null }, /neither a username nor an e-mail/],
    ];
    const users = cases.map(([user]) => user);
    const check = ({ added, existing, bad }: Imported, expectedOf: (index: number) => string | RegExp) => {
      assert.equal(added.length + existing.length + bad.length, cases.length);
      for (const [index, user] of users.entries()) {
        const expected = expectedOf(index);
        const reason = bad.find((each) => each.index === index)?.reason;
        const actual = reason ?? (added.includes(index) ? "added" : "existing");
        if (expected instanceof RegExp) assert.match(actual, expected, JSON.stringify(user));
        else assert.equal(actual, expected, JSON.stringify(user));
        assert.doesNotMatch(actual, /hunter2/);
      }
    };
    check(await importAs(app, users, token), (index) => cases[index]?.[1] ?? "");
    const before = await dump({ db: app.services.db });
    // Imported again: the added users exist, and everything else is unchanged.
    check(await importAs(app, users, token), (index) => {
      const expected = cases[index]?.[1] ?? "";
      return expected === "added" ? "existing" : expected;
    });
    assert.equal(usersIn(await dump({ db: app.services.db })), usersIn(before), "nothing was overwritten");
    assert.equal((await signIn(app, "taken")).__typename, "SignedIn");
    assert.equal((await signIn(app, "taken@example.test")).__typename, "SignedIn");
  },
);

/** The rows of the users in a dump. */
function usersIn(text: string): string {
  return /^(?:"?public"?\.)?"?users"?\n((?:\(usr_.*\n)+)/m.exec(text)?.[1]?.split("\n").sort().join("\n") ??
    assert.fail();
}

onPglite(
  "R17: a hash that costs more than 21 of ours to check is not imported, and never checked",
  async (database) => {
    await using app = await startApp({ database, passwordHash: argon2id });
    const bcryptAt = (cost: number) => bcryptHash.replace("$04$", `$${cost}$`);
    const argon2At = (m: number, t: number, p = 1) =>
      argon2idHash.replace("m=8192,t=1,p=1", `m=${m},t=${t},p=${p}`);
    const fine = [
      bcryptAt(10),
      bcryptAt(12),
      argon2At(65_536, 3, 4),
      argon2At(65_536, 4),
      argon2At(262_144, 3),
    ];
    const dear = [
      ...[bcryptAt(13), bcryptAt(15), bcryptAt(31)],
      ...[argon2At(262_144, 4), argon2At(65_536, 13), argon2At(262_145, 1), argon2At(19_456, 999)],
      argon2At(19_456, 2, 9),
    ];
    const users = [...fine, ...dear].map((passwordHash, index) => ({
      username: `user${index}`,
      passwordHash,
    }));
    const { added, bad } = await importAs(app, users);
    assert.deepEqual(added, fine.map((_, index) => index));
    assert.deepEqual(bad.map(({ index }) => index), dear.map((_, index) => fine.length + index));
    for (const { reason } of bad) {
      assert.match(reason, /^passwordHash takes too long to check at each sign-in\. /);
    }

    // A hash stored before this rule existed: it never matches, and takes as long as an unknown name.
    await register(app, { username: "ada", password: PASSWORD });
    const right = await bcrypt(PASSWORD, 13);
    const { services: { db } } = app;
    await db.updateTable("users").set({ password_hash: right }).where("username", "=", "ada").execute();
    const begun = performance.now();
    assert.equal((await signIn(app, "ada")).code, "INVALID_CREDENTIALS");
    const took = performance.now() - begun;
    await bcryptVerify(PASSWORD, right);
    assert.ok(took < (performance.now() - begun - took) / 2, "the dear hash was not computed");
    assert.equal(await storedHash(app, "ada"), right);
  },
);

onEachDatabase(
  "an import needs an operator, is limited in size, and its hashes are not logged",
  async (database) => {
    await using logs = await captureLogs();
    await using app = await startApp({ database, passwordHash: argon2id });
    const user = { username: "ada", passwordHash: bcryptHash };
    assert.equal((await mutate(app, IMPORT, { variables: { users: [user] } })).code, "UNAUTHENTICATED");
    assert.equal((await importAs(app, [user], await app.operatorToken("READ"))).code, "FORBIDDEN");
    const tooMany = await importAs(app, Array(1_001).fill({ username: "x" }));
    assert.equal(tooMany.code, "INVALID_INPUT");
    assert.match(tooMany.message, /more than 1000 users/);
    assert.deepEqual((await importAs(app, [])).added, []);
    assert.deepEqual((await importAs(app, [user])).added, [0]);
    assert.ok(!logs.text().includes(bcryptHash));
    const { rows } = await sql<{ data: string }>`select data::text as data from events`.execute(
      app.services.db,
    );
    assert.ok(rows.every(({ data }) => !data.includes("$2b$")));
  },
);

onPostgres("two imports at once and parallel registrations create every user once", async (database) => {
  await using app = await startApp({ database, env: { LIMIT_REGISTRATIONS_PER_ADDRESS_HOUR: "1000" } });
  const users: ImportUser[] = Array.from(
    { length: 400 },
    (_, index) => index % 2 ? { username: `person${index}` } : { email: `person${index}@example.test` },
  );
  const names = Array.from({ length: 20 }, (_, index) => `person${index * 20 + 1}`);
  const registrations = names.map((username) => register(app, { username, password: PASSWORD }));
  const imports = [users, users.toReversed(), users].map((each) => importUsers(app.services, IMPORTER, each));
  const outcomes = (await Promise.all(imports)).flat();
  const registered = (await Promise.all(registrations)).filter((each) => each.__typename === "Registered");
  const added = outcomes.filter((outcome) => outcome === "added").length;
  assert.equal(added + registered.length, 400);
  assert.equal(outcomes.filter((outcome) => outcome === "existing").length, 3 * 400 - added);
  assert.deepEqual(await countAll(database), { users: 400, names: 400, events: added });
});

onPostgres("an address verified during the import belongs to one user", async (database) => {
  await using app = await startApp({ database, passwordHash: argon2id });
  const emails = ["one@example.test", "two@example.test"];
  for (const [index, email] of emails.entries()) {
    await register(app, { username: `claims${index}`, email, password: PASSWORD });
  }
  const { db } = app.services;
  const { rows } = await sql<{ id: string; email_key: string }>`select id, email_key from users`.execute(db);
  let importing: Promise<unknown> | undefined;
  await db.transaction().execute(async (tx) => {
    for (const { id, email_key } of rows) {
      await lockEmail(tx, email_key);
      assert.ok(await setEmailVerified(tx, id, email_key, new Date()));
    }
    importing = importUsers(app.services, IMPORTER, [
      { email: emails[0], emailVerified: true },
      { username: "owner", email: emails[1], emailVerified: true },
      { username: "else" },
    ]);
    await eventually("the import waits", async () => {
      const waiting = await sql<{ waiting: boolean }>`
        select exists (select 1 from pg_locks where locktype = 'advisory' and not granted) as waiting`
        .execute(db);
      return waiting.rows[0]?.waiting;
    });
  });
  assert.deepEqual(await importing, [
    "existing",
    { reason: "another user has verified this e-mail address" },
    "added",
  ]);
});
