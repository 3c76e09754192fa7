import assert from "node:assert/strict";
import { hash as argon2id } from "@node-rs/argon2";
import { hash as bcrypt } from "@node-rs/bcrypt";
import { sql } from "kysely";
import { randomBytes } from "../src/crypto.ts";
import { SYSTEM } from "../src/events/events.ts";
import { type ImportUser, importUsers } from "../src/users/import_users.ts";
import { lockEmail, setEmailVerified } from "../src/users/users.ts";
import { startApp, type TestApp } from "./support/app.ts";
import { newPostgres, onEachDatabase, onPostgres, type TestDatabase } from "./support/databases.ts";
import { eventually, times } from "./support/eventually.ts";
import { mutate, PASSWORD, register, signIn } from "./support/people.ts";
import {
  type Env,
  type Finished,
  run,
  start,
  startServer,
  taskLine,
  workspace,
} from "./support/processes.ts";
import { captureLogs, dump } from "./support/secrets.ts";
import { ask, post } from "./support/wire.ts";

const IMPORT = `mutation ($users: [ImportUserInput!]!) { importUsers(users: $users) {
  __typename ... on UsersImported { added existing bad { index reason } } ... on AuthError { code message } } }`;

type Imported = {
  added: number[];
  existing: number[];
  bad: { index: number; reason: string }[];
  message: string;
};

async function importAs(app: TestApp, users: Record<string, unknown>[], token?: string) {
  const asked = token ?? await app.operatorToken("OPERATE");
  return await mutate<Imported>(app, IMPORT, { token: asked, variables: { users } });
}

/** The cheapest that are taken: the tests are about whose they are. */
const bcryptHash = await bcrypt(PASSWORD, 4);
const argon2idHash = await argon2id(PASSWORD, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });

async function storedHash({ services }: TestApp, username: string): Promise<string | null | undefined> {
  const { rows } = await sql<{ password_hash: string | null }>`
    select password_hash from users where username = ${username}`.execute(services.db);
  return rows[0]?.password_hash;
}

onEachDatabase("imported users sign in with the passwords they had", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken("OPERATE");
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
  // The sign-in has replaced what is weaker than new hashes are, and the password is what it was.
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
  // In the order of their creation, wherever that was.
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
  assert.ok(imported.every(({ actor }) => actor.startsWith("operator:operate-")));
});

onEachDatabase(
  "whoever is there already stays as they are, and no name becomes two people's",
  async (database) => {
    await using app = await startApp({ database });
    const token = await app.operatorToken("OPERATE");
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
      [{ username: "ada", email: "other@example.test" }, /username is taken by somebody/],
      [{ username: "ada2", email: "ada@example.test", emailVerified: true }, /somebody else has verified/],
      // An address that is not proven is nobody's.
      [{ username: "ada3", email: "ada@example.test" }, "added"],
      [{ email: "unproven@example.test", passwordHash: bcryptHash }, "added"],
      [{ email: "Unproven@example.test" }, "existing"],
      [{ email: "unproven@example.test", emailVerified: true, passwordHash: bcryptHash }, "added"],
      [{ email: "unproven@example.test" }, "existing"],
      // Somebody has registered with the name and claims the address: that does not make them its owner.
      [
        { username: "taken", email: "taken@example.test", emailVerified: true },
        /username is taken by somebody/,
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
      [{ username: "n7", passwordHash: bcryptHash.replace("$04$", "$31$") }, /passwordHash is not a hash/],
      [
        { username: "n8", passwordHash: argon2idHash.replace("m=8192", "m=4194304") },
        /passwordHash is not a/,
      ],
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
    // Again: what was added is there, and everything else is as it was.
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
  return /^(?:public\.)?users\n((?:\(usr_.*\n)+)/m.exec(text)?.[1]?.split("\n").sort().join("\n") ??
    assert.fail();
}

onEachDatabase(
  "an import is for operators, has a measure, and its hashes are not logged",
  async (database) => {
    await using logs = await captureLogs();
    await using app = await startApp({ database });
    const user = { username: "ada", passwordHash: bcryptHash };
    assert.equal((await mutate(app, IMPORT, { variables: { users: [user] } })).code, "UNAUTHENTICATED");
    assert.equal((await importAs(app, [user], await app.operatorToken("READ"))).code, "FORBIDDEN");
    const tooMany = await importAs(app, times0(1_001, () => ({ username: "x" })));
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

function times0<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

async function countAll(database: TestDatabase): Promise<{ users: number; names: number; events: number }> {
  const { db, close } = await database.open();
  try {
    const { rows } = await sql<{ users: number; names: number; events: number }>`
      select count(*)::int as users, count(distinct coalesce(username_key, email_key))::int as names,
        (select count(*)::int from (select type from events union all select type from unsequenced_events) e
          where type = 'user.imported') as events
      from users`.execute(db);
    return rows[0] ?? assert.fail();
  } finally {
    await close();
  }
}

onPostgres("two imports at once, and people who register meanwhile: everybody once", async (database) => {
  await using app = await startApp({ database, env: { LIMIT_REGISTRATIONS_PER_ADDRESS_HOUR: "1000" } });
  const users: ImportUser[] = times0(
    400,
    (index) => index % 2 ? { username: `person${index}` } : { email: `person${index}@example.test` },
  );
  const names = times0(20, (index) => `person${index * 20 + 1}`);
  const registrations = names.map((username) => register(app, { username, password: PASSWORD }));
  const imports = [users, users.toReversed(), users].map((each) => importUsers(app.services, SYSTEM, each));
  const outcomes = (await Promise.all(imports)).flat();
  const registered = (await Promise.all(registrations)).filter((each) => each.__typename === "Registered");
  const added = outcomes.filter((outcome) => outcome === "added").length;
  assert.equal(added + registered.length, 400);
  assert.equal(outcomes.filter((outcome) => outcome === "existing").length, 3 * 400 - added);
  assert.deepEqual(await countAll(database), { users: 400, names: 400, events: added });
});

onPostgres("an address that somebody proves at the same moment is one person's", async (database) => {
  await using app = await startApp({ database });
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
    importing = importUsers(app.services, SYSTEM, [
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
    { reason: "somebody else has verified this e-mail address" },
    "added",
  ]);
});

/** A file of these lines where the command may read it. */
async function fileOf(
  place: { dir: string },
  content: string | Uint8Array,
  name = "users.jsonl",
): Promise<string> {
  await Deno.mkdir(place.dir, { recursive: true, mode: 0o700 });
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await Deno.writeFile(`${place.dir}/${name}`, bytes);
  return `${place.dir}/${name}`;
}

/** So many users, a line each: by username, by address, by both. */
function manyUsers(count: number): string {
  return times0(count, (index) => {
    const username = index % 3 === 0 ? {} : { username: `person${index}` };
    const email = index % 3 === 1
      ? {}
      : { email: `person${index}@example.test`, emailVerified: index % 2 === 0 };
    return JSON.stringify({ ...username, ...email, name: `Nº ${index}`, passwordHash: bcryptHash });
  }).join("\n");
}

/** A file with every sort of line, and the reasons by line that it must be answered with. */
function oddFile(): {
  content: Uint8Array;
  bad: [line: number, reason: RegExp][];
  good: number;
  twice: number;
} {
  const lines: [line: string, expected: "good" | "twice" | "blank" | RegExp][] = [
    [`\ufeff{"username":"ada","passwordHash":${JSON.stringify(bcryptHash)}}\r`, "good"],
    [`{"email":"bob@example.test","emailVerified":true,"passwordHash":"${argon2idHash}"}`, "good"],
    ["", "blank"],
    ["  \t\r", "blank"],
    [`{"username":"ADA"}`, "twice"],
    ["nonsense", /^it is not JSON$/],
    [`["ada"]`, /^it is not a JSON object$/],
    ["null", /^it is not a JSON object$/],
    [
      `{"username":"eve","password":"hunter2"}`,
      /^passwords themselves are not imported: give their argon2id or/,
    ],
    [`{"username":"eve","isAdmin":true}`, /^the key isAdmin is none of username, email, /],
    [`{"username":"eve","\\u001b[31m":1}`, /^one of its keys is none of username/],
    [`{"username":"eve","__proto__":{}}`, /^the key __proto__ is none of/],
    [`{"username":7}`, /^username is not a string$/],
    [`{"username":"eve","disabled":"no"}`, /^disabled is not a boolean$/],
    [`{"username":"eve","createdAt":"yesterday"}`, /^createdAt is not a time like/],
    [`{"username":"eve","createdAt":"2024-02-30T00:00:00Z"}`, /^createdAt is not a time like/],
    [`{"username":"eve\\u0000"}`, /^Cannot use this username/],
    [`{"username":"zed","name":"\\ud800"}`, /^name is not 1 to 200 characters/],
    [`{"username":"eve","passwordHash":"hunter2"}`, /^passwordHash is not a hash that can be checked here/],
    [`{"name":"Nobody"}`, /^there is neither a username nor an e-mail address$/],
    [`{"username":"${"x".repeat(2 ** 20)}"}`, /^it is longer than 4 KiB$/],
    [`{"username":"\u00e9"}`, /^it is not UTF-8$/],
    [`{"username":"fay","email":null,"createdAt":"2020-02-29T12:00:00.5+02:00"}`, "good"],
    [`{"username":"ADA","email":"other@example.test"}`, /^the username is taken/],
    [`{"email":"last@example.test","name":"Last 🎈"}`, "good"],
  ];
  const utf8 = new TextEncoder();
  const bytes = lines.map(([line, expected]) => {
    const wrong = expected instanceof RegExp && /UTF-8/.test(expected.source);
    return wrong ? Uint8Array.from(line, (letter) => letter.charCodeAt(0)) : utf8.encode(line);
  });
  const newline = utf8.encode("\n");
  const content = bytes.flatMap((line, index) => index ? [newline, line] : [line]);
  const of = (what: string) => lines.filter(([, expected]) => expected === what).length;
  return {
    content: new Uint8Array(content.flatMap((each) => [...each])),
    bad: lines.flatMap(([, expected], index) => expected instanceof RegExp ? [[index + 1, expected]] : []),
    good: of("good"),
    twice: of("twice"),
  };
}

/** Fails unless the command named each bad line and no other, and counted right. */
function checkReport(
  { code, out, err }: Finished,
  bad: [number, RegExp][],
  added: number,
  existing: number,
): void {
  const reported = [...err.matchAll(/^line (\d+): (.*)$/gm)].map(([, line, reason = ""]) => ({
    line: Number(line),
    reason,
  }));
  assert.deepEqual(reported.map(({ line }) => line), bad.map(([line]) => line), err);
  for (const [index, { reason }] of reported.entries()) assert.match(reason, bad[index]?.[1] ?? /never/);
  const users = added === 1 ? "user" : "users";
  const were = existing === 1 ? "was" : "were";
  const lines = bad.length === 1 ? "line was" : "lines were";
  assert.equal(
    out,
    `Imported ${
      added.toLocaleString("en")
    } ${users}; ${existing} ${were} there already; ${bad.length} ${lines} bad\n`,
  );
  assert.equal(code, bad.length > 0 ? 1 : 0);
  assert.doesNotMatch(err, /hunter2|^\s+at /m);
  assert.ok(!err.includes("\x1b"), "nothing that a terminal would obey");
}

function postgresEnv(place: { env: Env }, url: string): Env {
  return { ...place.env, DATABASE_URL: url, SALLYPORT_SECRET: randomBytes(32).toHex(), PORT: "0" };
}

/** The server as the helpers of people know it. */
function reach({ url }: { url: string }) {
  return { fetch: (request: Request) => fetch(new Request(`${url}/graphql`, request)) };
}

Deno.test("on Postgres a file is imported line by line, again too, and a server lets its users in", async () => {
  await using place = await workspace();
  await using database = await newPostgres();
  const env = postgresEnv(place, database.url);
  const { content, bad, good, twice } = oddFile();
  const path = await fileOf(place, content);
  checkReport(await run(["users", "import", path], env), bad, good, twice);
  checkReport(await run(["users", "import", path], env), bad, 0, good + twice);
  assert.deepEqual(await countAll(database), { users: good, names: good, events: good });

  await using server = await startServer("start", place, env);
  for (const name of ["Ada", "bob@example.test"]) {
    assert.equal((await signIn(reach(server), name)).__typename, "SignedIn", name);
  }
  assert.equal((await signIn(reach(server), "fay", "")).code, "INVALID_CREDENTIALS");
});

Deno.test("on the embedded database the same, by itself and through the server that holds it", async () => {
  await using place = await workspace();
  const { content, bad, good, twice } = oddFile();
  const path = await fileOf(place, content);
  checkReport(await run(["users", "import", path], place.env), bad, good, twice);
  await using server = await startServer("dev", place);
  await server.token();
  checkReport(await run(["users", "import", path], place.env), bad, 0, good + twice);
  assert.equal((await signIn(reach(server), "ada")).__typename, "SignedIn");

  // Far more than one request holds.
  const many = await fileOf(place, manyUsers(1_500), "many.jsonl");
  checkReport(await run(["users", "import", many], place.env), [], 1_500, 0);
  assert.equal((await signIn(reach(server), "person1499")).__typename, "SignedIn");
  const created = await run(["operator", "create", "reader", "--role", "read"], place.env);
  const refused = await run(["users", "import", many], {
    ...place.env,
    SALLYPORT_TOKEN: created.out.split("\n")[0] ?? "",
  });
  assert.equal(refused.code, 1);
  assert.match(refused.err, /needs an operator token with the role OPERATE/);
});

Deno.test("a server that dies in the middle: the next import adds the rest", async () => {
  await using place = await workspace();
  const path = await fileOf(place, manyUsers(4_000));
  await using server = await startServer("dev", place);
  const token = await server.token();
  await using importing = await start(["users", "import", path], place.env);
  await eventually("some are there", async () => {
    const request = new Request("http://127.0.0.1:4000/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: "{ users(first: 1) { totalCount } }" }),
    });
    const { data } = await ask(reach(server), request);
    return (data?.["users"] as { totalCount: number }).totalCount > 0;
  }, 60);
  server.kill("SIGKILL");
  const stopped = await importing.finished;
  assert.equal(stopped.code, 1);
  assert.match(
    stopped.err,
    /^Stopped\. Imported .* Run it again to go on: nobody is added twice\nCannot reach /,
  );
  await server.finished;
  assertRest(await run(["users", "import", path], place.env), 4_000);
});

/** Fails unless some were there already, and now all are. Returns how many were. */
function assertRest({ code, out, err }: Finished, all: number): number {
  assert.equal(code, 0, err);
  const [, added, existing] = /^Imported ([\d,]+) users?; ([\d,]+) w/.exec(out) ?? assert.fail(out);
  const [here, before] = [added, existing].map((text) => Number(text?.replaceAll(",", "")));
  assert.ok(before! > 0 && before! < all, out);
  assert.equal(here! + before!, all);
  return before!;
}

/** Starts an import of `path` and kills it, -9, when ten of its thousands are done. */
async function killInTheMiddle(path: string, env: Env): Promise<void> {
  await using importing = await start(["users", "import", path], env);
  await eventually("ten thousand are done", () => importing.err().includes("10,000 lines\n"), 120);
  importing.kill("SIGKILL");
  assert.notEqual((await importing.finished).code, 0);
}

Deno.test("kill -9 in the middle, and again: each thousand was added as a whole, and nobody twice", async () => {
  await using place = await workspace();
  await using database = await newPostgres();
  const env = postgresEnv(place, database.url);
  const path = await fileOf(place, manyUsers(14_000));
  await killInTheMiddle(path, env);
  const before = assertRest(await run(["users", "import", path], env), 14_000);
  assert.equal(before % 1_000, 0);
  assert.deepEqual(await countAll(database), { users: 14_000, names: 14_000, events: 14_000 });

  await killInTheMiddle(path, place.env);
  assert.equal(assertRest(await run(["users", "import", path], place.env), 14_000) % 1_000, 0);
});

Deno.test("the same file imported by two at once: everybody once", async () => {
  await using place = await workspace();
  await using database = await newPostgres();
  const env = postgresEnv(place, database.url);
  const path = await fileOf(place, manyUsers(6_000));
  const both = await times(2, () => run(["users", "import", path], env));
  const sums = both.map(({ code, out }) => {
    assert.equal(code, 0);
    const [, added, existing] = /^Imported ([\d,]+) users?; ([\d,]+) w/.exec(out) ?? assert.fail(out);
    return [added, existing].map((text) => Number(text?.replaceAll(",", "")));
  });
  assert.equal(sums[0]![0]! + sums[1]![0]!, 6_000);
  assert.equal(sums[0]![1]! + sums[1]![1]!, 6_000);
  assert.deepEqual(await countAll(database), { users: 6_000, names: 6_000, events: 6_000 });
});

Deno.test("who names no file, or none that can be read, is told; standard input is read for -", async () => {
  await using place = await workspace();
  const cases: [args: string[], code: number, says: RegExp][] = [
    [["users"], 2, /^Usage:\nusers import FILE\.jsonl/],
    [["users", "import"], 2, /^Usage:/],
    [["users", "import", "a", "b"], 2, /^Usage:/],
    [["users", "export", "a"], 2, /^Usage:/],
    [["users", "import", ".data/none.jsonl"], 1, /^There is no file \.data\/none\.jsonl$/m],
    [["users", "import", "src"], 1, /^src is a folder$/m],
    [["users", "import", "/etc/passwd"], 1, /^This command may read files in this folder alone: pipe/],
  ];
  const answers = await Promise.all(cases.map(([args]) => run(args, place.env)));
  for (const [index, answer] of answers.entries()) {
    assert.equal(answer.code, cases[index]?.[1], answer.err);
    assert.match(answer.err, cases[index]?.[2] ?? /never/);
    assert.doesNotMatch(answer.err, /^\s+at /m, "no stack");
  }
  assert.equal(await Deno.stat(place.dir).catch(() => "none"), "none", "nothing was made on the way");

  await using database = await newPostgres();
  const env = postgresEnv(place, database.url);
  const piped = await pipe(["users", "import", "-"], env, `{"username":"ada"}\n{"username":"bob"}`);
  assert.deepEqual(piped, { code: 0, out: "Imported 2 users; 0 were there already; 0 lines were bad\n" });
  const nothing = await pipe(["users", "import", "-"], env, "\n\n");
  assert.deepEqual(nothing, { code: 0, out: "Imported 0 users; 0 were there already; 0 lines were bad\n" });
});

async function pipe(args: string[], env: Env, input: string): Promise<{ code: number; out: string }> {
  const { DENO_DIR, PATH = "" } = Deno.env.toObject();
  const child = new Deno.Command(Deno.execPath(), {
    args: [...await taskLine("sallyport", env["HOME"] ?? ""), ...args],
    clearEnv: true,
    env: { PATH, ...(DENO_DIR ? { DENO_DIR } : {}), NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout } = await child.output();
  return { code, out: new TextDecoder().decode(stdout) };
}
