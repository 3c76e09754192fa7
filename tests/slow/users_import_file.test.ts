import assert from "node:assert/strict";
import { Secret, TOTP } from "otpauth";
import { randomBytes } from "../../src/lib/crypto.ts";
import { newPostgres } from "../support/databases.ts";
import { eventually, times } from "../support/eventually.ts";
import { challengeOf, proveFactor } from "../support/factors.ts";
import { checkReport, countAll, fileOf, manyUsers, oddFile, TOTP_SECRET } from "../support/imported_users.ts";
import { oddLines } from "../support/import_lines.ts";
import { signIn } from "../support/people.ts";
import {
  type Env,
  type Finished,
  prepareDatabase,
  run,
  start,
  startServer,
  taskLine,
  workspace,
} from "../support/processes.ts";
import { ask } from "../support/wire.ts";

function postgresEnv(place: { env: Env }, url: string): Env {
  return {
    ...place.env,
    DATABASE_URL: url,
    SALLYPORT_SECRET: randomBytes(32).toHex(),
    PORT: "0",
  };
}

/** The server as an app for the helpers in `people.ts`. */
function reach({ url }: { url: string }) {
  return { fetch: (request: Request) => fetch(new Request(`${url}/graphql`, request)) };
}

/** The imported user with an authenticator signs in with the code that it shows now. */
async function signInWithCode(app: ReturnType<typeof reach>): Promise<void> {
  const { id } = await challengeOf(app, "gus");
  const totp = new TOTP({ secret: Secret.fromBase32(TOTP_SECRET) }).generate();
  assert.equal((await proveFactor(app, id, { totp })).__typename, "SignedIn");
}

Deno.test("on Postgres a file can be imported repeatedly, and its users can sign in", async () => {
  await using place = await workspace();
  await using database = await newPostgres();
  const env = postgresEnv(place, database.url);
  const { content, bad, good, twice } = oddFile();
  const path = await fileOf(place, content);
  checkReport(await run(["users", "import", path], env), bad, good, twice);
  checkReport(await run(["users", "import", path], env), bad, 0, good + twice);
  assert.deepEqual(await countAll(database), { users: good, names: good, events: good });
  const other = await run(["users", "import", path], { ...env, SALLYPORT_SECRET: randomBytes(32).toHex() });
  assert.equal(other.code, 1);
  assert.match(other.err, /SALLYPORT_SECRET does not match this database/);

  await using server = await startServer("start", place, env);
  for (const name of ["Ada", "bob@example.test"]) {
    assert.equal((await signIn(reach(server), name)).__typename, "SignedIn", name);
  }
  assert.equal((await signIn(reach(server), "fay", "")).code, "INVALID_CREDENTIALS");
  await signInWithCode(reach(server));
});

Deno.test("on the embedded database, too, without a server and through a server", async () => {
  await using place = await workspace();
  const { content, bad, good, twice } = oddFile();
  const path = await fileOf(place, content);
  checkReport(await run(["users", "import", path], place.env), bad, good, twice);
  await using server = await startServer("dev", place);
  await server.token();
  checkReport(await run(["users", "import", path], place.env), bad, 0, good + twice);
  assert.equal((await signIn(reach(server), "ada")).__typename, "SignedIn");
  await signInWithCode(reach(server));

  // Far more lines than one request may contain.
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

Deno.test("every line has the same result without a server and through one, and affects no other", async () => {
  await using place = await workspace();
  await using other = await workspace();
  await prepareDatabase(other.dir);
  const lines = [`{"username":"far","createdAt":"+055840-01-01T00:00:00Z"}`, ...oddLines(600, 22)];
  const path = await fileOf(place, lines.join("\n"));
  await using _server = await startServer("dev", place);
  const [through, alone] = await Promise.all(
    [place.env, other.env].map((env) => run(["users", "import", path], env)),
  );
  assert.deepEqual(through, alone);
  const [, added] = /^Imported ([\d,]+) users; .* were bad\n$/.exec(alone?.out ?? "") ??
    assert.fail(alone?.err);
  const count = Number(added?.replaceAll(",", ""));
  assert.ok(count > 50 && count < lines.length, "some lines are valid and some are not");
  assert.match(alone?.err ?? "", /^line 1: createdAt is not a time such as/);
});

Deno.test("after a crash of the server during an import, the next import adds the rest", async () => {
  await using place = await workspace();
  const path = await fileOf(place, manyUsers(4_000));
  await using server = await startServer("dev", place);
  const token = await server.token();
  await using importing = await start(["users", "import", path], place.env);
  await eventually("some users are imported", async () => {
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
    /^Stopped\. Imported .* Run the command again to continue: no user is added twice\nCannot reach /,
  );
  await server.finished;
  assertRest(await run(["users", "import", path], place.env), 4_000);
});

/** Asserts that some users existed before and all exist now. Returns how many existed before. */
function assertRest({ code, out, err }: Finished, all: number): number {
  assert.equal(code, 0, err);
  const [, added, existing] = /^Imported ([\d,]+) users?; ([\d,]+) w/.exec(out) ?? assert.fail(out);
  const [here, before] = [added, existing].map((text) => Number(text?.replaceAll(",", "")));
  assert.ok(before! > 0 && before! < all, out);
  assert.equal(here! + before!, all);
  return before!;
}

/** Starts an import of `path`, and kills it with kill -9 after 10,000 lines. */
async function killInTheMiddle(path: string, env: Env): Promise<void> {
  await using importing = await start(["users", "import", path], env);
  await eventually("ten thousand are done", () => importing.err().includes("10,000 lines\n"), 120);
  importing.kill("SIGKILL");
  assert.notEqual((await importing.finished).code, 0);
}

Deno.test("after kill -9 during an import, batches of 1,000 are complete and no user is repeated", async () => {
  await using place = await workspace();
  await using database = await newPostgres();
  const env = postgresEnv(place, database.url);
  const path = await fileOf(place, manyUsers(14_000));
  await killInTheMiddle(path, env);
  const before = assertRest(await run(["users", "import", path], env), 14_000);
  assert.equal(before % 1_000, 0);
  assert.deepEqual(await countAll(database), { users: 14_000, names: 14_000, events: 14_000 });

  await prepareDatabase(place.dir);
  await killInTheMiddle(path, place.env);
  assert.equal(assertRest(await run(["users", "import", path], place.env), 14_000) % 1_000, 0);
});

Deno.test("two concurrent imports of the same file add each user once", async () => {
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

Deno.test("a missing or unreadable file is an error, and - reads standard input", async () => {
  await using place = await workspace();
  const cases: [args: string[], code: number, says: RegExp][] = [
    [["users"], 2, /^Usage: [^]*import <file>/],
    [["users", "import"], 2, /^error: missing required argument 'file'/],
    [["users", "import", "a", "b"], 2, /^error: too many arguments/],
    [["users", "export", "a"], 2, /^error: unknown command 'export'/],
    [["users", "import", ".data/none.jsonl"], 1, /^The file \.data\/none\.jsonl does not exist$/m],
    [["users", "import", "src"], 1, /^src is a folder$/m],
    [["users", "import", "/etc/passwd"], 1, /^This command may only read files in this folder: pipe/],
  ];
  const answers = await Promise.all(cases.map(([args]) => run(args, place.env)));
  for (const [index, answer] of answers.entries()) {
    assert.equal(answer.code, cases[index]?.[1], answer.err);
    assert.match(answer.err, cases[index]?.[2] ?? /never/);
    assert.doesNotMatch(answer.err, /^\s+at /m, "no stack");
  }
  assert.equal(await Deno.stat(place.dir).catch(() => "none"), "none", "no files were created");

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
    args: [...await taskLine("sallyport", env), ...args],
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
