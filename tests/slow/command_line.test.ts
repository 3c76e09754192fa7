import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { announceServer, dataDir } from "../../src/cli/data_dir.ts";
import { startMailEmulator } from "../../src/emulators/mail/mail_emulator.ts";
import { createMailer } from "../../src/platform/mail/mailer.ts";
import { parseSmtpUrl } from "../../src/platform/mail/smtp_url.ts";
import { randomBytes } from "../../src/lib/crypto.ts";
import { newPostgres } from "../support/databases.ts";
import { read } from "../support/crafted_tokens.ts";
import { run, startServer, workspace } from "../support/processes.ts";

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test("wrong arguments are explained, and the exit code is 2", async () => {
  await using place = await workspace();
  const wrong = [
    ["nonsense"],
    ["operator"],
    ["operator", "create"],
    ["operator", "create", "ada", "reveal"],
    ["operator", "create", "ada", "--role", "god"],
    ["operator", "create", "ada", "--days", "soon"],
    ["operator", "create", "ada", "--forever"],
    ["modal", "log", "in"],
    ["modal", "login", "--expires-in", "soon"],
    ["mail"],
    ["mail", "list", "1"],
    ["mail", "show", "first"],
    ["migrate", "down"],
    ["google", "id-token"],
    ["google", "import"],
    ["google", "import", "token.json", "--nonce", "n"],
    ["google", "login", "ada@example.test"],
    ["serve", "--emulate", "google,github"],
  ];
  const answers = await Promise.all(wrong.map((args) => run(args, place.env)));
  for (const [index, { code, out, err }] of answers.entries()) {
    assert.equal(code, 2, `${wrong[index]}: ${err}`);
    assert.equal(out, "");
    assert.doesNotMatch(err, /^\s+at /m, "no stack");
    assert.ok(err.length > 10);
  }
  assert.equal(await Deno.stat(place.dir).catch(() => "none"), "none", "no files were created");
  const help = await run(["--help"], place.env);
  assert.equal(help.code, 0);
  assert.match(help.out, /^ {2}operator /m);
  const one = await run(["operator", "create", "--help"], place.env);
  assert.equal(one.code, 0);
  assert.match(one.out, /^Usage: sallyport operator create \[options\] <name>/);
});

Deno.test("failures print a clear message, and the exit code is 1", async () => {
  await using place = await workspace();
  const cases: [args: string[], env: Record<string, string>, says: RegExp][] = [
    [["modal", "login"], {}, /No server is running on this folder/],
    [["modal", "login"], { SALLYPORT_URL: "http://127.0.0.1:9" }, /No operator token found/],
    [
      ["modal", "token", "info"],
      { SALLYPORT_URL: "http://127.0.0.1:9", SALLYPORT_TOKEN: "spo_x" },
      /Cannot reach the server at http:\/\/127\.0\.0\.1:9/,
    ],
    [["mail", "list"], {}, /No server on this folder emulates mail/],
    [["google", "id-token", "ada@example.test"], {}, /No server on this folder emulates Google/],
    [["google", "import", "nowhere.json"], {}, /The file nowhere\.json does not exist/],
    [["google", "import", "deno.json"], {}, /it is not a token file of Google's client libraries/],
    [["serve"], { PORT: "x", LOG_LEVEL: "y" }, /PORT must be[^]*LOG_LEVEL must be/],
    [["operator", "list"], { DATABASE_URL: "postgres://x@127.0.0.1:9/x" }, /SALLYPORT_SECRET must be set/],
  ];
  const answers = await Promise.all(cases.map(([args, env]) => run(args, { ...place.env, ...env })));
  for (const [index, { code, out, err }] of answers.entries()) {
    assert.equal(code, 1, err);
    assert.equal(out, "");
    assert.match(err, cases[index]?.[2] ?? /never/);
    assert.doesNotMatch(err, /^\s+at /m, "no stack");
  }
});

Deno.test("control characters from a server do not reach the terminal", async () => {
  await using place = await workspace();
  const message = "Denied\x1b]52;c;aGFja2Vk\x07 \x9b31mred";
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => Response.json({ errors: [{ message, extensions: { code: "FORBIDDEN" } }] }),
  );
  const env = { SALLYPORT_URL: `http://127.0.0.1:${server.addr.port}`, SALLYPORT_TOKEN: "spo_x" };
  const { code, err } = await run(["modal", "token", "info"], { ...place.env, ...env });
  assert.equal(code, 1);
  assert.match(err, /Denied/);
  assert.doesNotMatch(err, /[^\P{Cc}\n]/u);
});

/** The token is the first line of the output, so that scripts can read it. */
const tokenIn = (out: string) => /^(spo_[\w-]{48})\n/.exec(out)?.[1] ?? "";
const idIn = (out: string) => /opr_[0-9a-z]{26}/.exec(out)?.[0] ?? "";

Deno.test("operators are managed with and without a server on the embedded database", async () => {
  await using place = await workspace();
  const created = await run(["operator", "create", "ada", "--role", "read", "--days", "3"], place.env);
  assert.equal(created.code, 0, created.err);
  const token = tokenIn(created.out);
  const taken = await run(["operator", "create", "ada"], place.env);
  assert.equal(taken.code, 1);
  assert.match(taken.err, /^Cannot create the operator: the name is taken\. Choose another name\n$/);
  assert.match((await run(["migrate", "status"], place.env)).out, /^applied {2}0001_events$/m);

  await using server = await startServer("dev", place);
  await server.token();
  // An operator created without the server can use the server.
  const asAda = { ...place.env, SALLYPORT_TOKEN: token };
  const listed = await run(["operator", "list"], asAda);
  assert.equal(listed.code, 0, listed.err);
  assert.match(listed.out, /^ID +NAME +ROLE +STATE +LAST USE\n/);
  assert.match(listed.out, new RegExp(`^${idIn(created.out)} +ada +READ +until 20`, "m"));
  assert.ok(!listed.out.includes("spo_"));
  // The folder's token is sent only to the folder's server.
  const elsewhere = await run(["modal", "token", "info"], {
    ...place.env,
    SALLYPORT_URL: "http://127.0.0.1:9",
  });
  assert.match(elsewhere.err, /^No operator token found/);
  const refused = await run(["operator", "create", "bob"], asAda);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /needs an operator token with the role OPERATE/);
  // The folder's token has every role.
  const bob = await run(["operator", "create", "bob"], place.env);
  assert.equal(bob.code, 0, bob.err);
  assert.equal((await run(["operator", "revoke", idIn(created.out)], place.env)).out, "Revoked\n");
  const gone = await run(["operator", "list"], asAda);
  assert.equal(gone.code, 1);
  assert.match(gone.err, /the token is no longer valid/);
  // A second process is refused and told which process uses the folder.
  const second = await run(["serve"], { ...place.env, PORT: "0" });
  assert.equal(second.code, 1);
  assert.match(second.err, /^Cannot start: process \d+ \(http:\/\/127\.0\.0\.1:\d+\) uses /m);

  server.kill("SIGTERM");
  assert.equal((await server.finished).code, 0);
  const after = await run(["operator", "list"], place.env);
  assert.match(after.out, /ada .* revoked 20/);
  assert.match(after.out, /bob .* until 20/);
});

Deno.test("on Postgres, migrate reports and migrates, and serve requires a current schema", async () => {
  await using place = await workspace();
  await using database = await newPostgres();
  await emptied(database.url);
  const env = {
    ...place.env,
    DATABASE_URL: database.url,
    SALLYPORT_SECRET: randomBytes(32).toHex(),
    PORT: "0",
  };
  const status = async () => (await run(["migrate", "status"], env)).out;
  assert.match(await status(), /^pending {2}0001_events$/m);
  const behind = await run(["serve"], env);
  assert.equal(behind.code, 1);
  assert.match(behind.err, /Cannot start: the database's schema is behind \(0001_events.*deno task migrate/);
  const migrated = await run([], env, "migrate");
  assert.match(migrated.out, /^Applied 0001_events$/m);
  assert.match((await run([], env, "migrate")).out, /^Nothing to do/);
  assert.doesNotMatch(await status(), /pending/);
  const created = await run(["operator", "create", "ada", "--role", "reveal"], env);
  assert.equal(created.code, 0, created.err);

  await using server = await startServer("start", place, env);
  const asAda = { ...env, SALLYPORT_TOKEN: tokenIn(created.out) };
  assert.match((await run(["operator", "list"], asAda)).out, /ada +REVEAL/);
  const taken = await run(["serve"], { ...env, PORT: new URL(server.url).port });
  assert.equal(taken.code, 1);
  assert.match(taken.err, /Cannot listen on 127\.0\.0\.1, port \d+/);
  const nowhere = await run(["serve"], { ...env, HOST: "nowhere.invalid" });
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.err, /^Cannot listen on nowhere\.invalid, port 0: .*Set HOST and PORT/m);
  assert.doesNotMatch(nowhere.err, /^\s+at /m, "no stack");
  const other = await run(["serve"], { ...env, SALLYPORT_SECRET: randomBytes(32).toHex() });
  assert.equal(other.code, 1);
  assert.match(other.err, /SALLYPORT_SECRET does not match this database/);
});

async function emptied(url: string): Promise<void> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    "drop schema public cascade; drop schema if exists pgboss cascade; create schema public",
  );
  await client.end();
}

Deno.test("doctor lists passed and failed checks with remedies", async () => {
  await using place = await workspace();
  const lines = async (env: Record<string, string>) => {
    const { code, out } = await run(["doctor"], { ...place.env, ...env });
    return { code, out, failed: out.split("\n").filter((line) => line.startsWith("FAIL")) };
  };
  await using server = await startServer("dev", place);
  await eventually("the banner", () => /EMULATED at (\S+)/.exec(server.out())?.[1]);
  const good = await lines({});
  assert.deepEqual(good.failed, []);
  assert.equal(good.code, 0);
  assert.match(good.out, /^ok {4}database +In use by the server at http.* which is ready$/m);
  assert.match(good.out, /^ok {4}Modal +Answers in \d+ ms/m, "the one that the server emulates");
  assert.match(good.out, /^ok {4}Google +(?!Not configured)/m);

  await Deno.chmod(`${server.dir}/operator-token`, 0o644);
  const bad = await lines({ SALLYPORT_TOKEN: "spo_made-up" });
  assert.equal(bad.code, 1);
  assert.deepEqual(bad.failed.map((line) => line.slice(6, 20).trim()), ["file modes", "server"]);
  assert.match(bad.out, /operator-token can be accessed by other users: chmod go-rwx /);
  const unread = await lines({ PORT: "x", LOG_LEVEL: "y" });
  assert.deepEqual(unread.failed.map((line) => line.slice(22, 31)), ["PORT must", "LOG_LEVEL"]);
  const away = await lines({
    DATABASE_URL: "postgres://sally:hunter2@127.0.0.1:9/x",
    SALLYPORT_SECRET: randomBytes(32).toHex(),
  });
  assert.deepEqual(away.failed.map((line) => line.slice(6, 20).trim()), ["file modes", "database"]);
  assert.match(away.out, /database .*check DATABASE_URL and whether Postgres is running/);
  assert.doesNotMatch(away.out, /hunter2/);
  server.kill("SIGTERM");
  await server.finished;
  const alone = await lines({ MODAL_SERVER_URL: "http://127.0.0.1:9" });
  assert.deepEqual(alone.failed.map((line) => line.slice(6, 20).trim()), ["file modes", "Modal"]);
  assert.match(alone.out, /^ok {4}migrations +Current$/m);
});

Deno.test("R49: Ctrl+C stops the server like SIGTERM, and server.json is deleted", async () => {
  await using place = await workspace();
  await using server = await startServer("dev", place);
  await server.token();
  server.kill("SIGINT");
  const { code, out } = await server.finished;
  assert.equal(code, 0);
  assert.match(out, /Stopped\n$/);
  assert.deepEqual([...Deno.readDirSync(place.dir)].map(({ name }) => name).sort(), [
    "database",
    "lock",
    "operator-token",
    "secret",
    "server.lock",
  ]);
});

Deno.test("mails of a server with emulated mail can be read", async () => {
  await using place = await workspace();
  await using inbox = await startMailEmulator();
  using _server = await announceServer(dataDir(place.dir), {
    pid: Deno.pid,
    url: "http://127.0.0.1:9",
    inbox: inbox.pageUrl,
  });
  assert.equal((await run(["mail", "list"], place.env)).out, "No mail yet\n");
  assert.match((await run(["mail", "show"], place.env)).err, /^No mail yet\n$/);
  const mailer = createMailer(parseSmtpUrl(inbox.url)!, { name: "", address: "auth@sallyport.test" });
  const signal = new AbortController().signal;
  const mail = { id: "mal_1", to: "ada@example.test", html: "" };
  await mailer.send({ ...mail, subject: "First", text: "One\nand \x1b[31mred\x1b]0;x\x07" }, signal);
  await mailer.send({ ...mail, subject: "Second", text: "Two" }, signal);
  await mailer.close();
  const { out } = await run(["mail", "list"], place.env);
  assert.match(
    out,
    /^N +AT +TO +SUBJECT\n1 +20\S+ +ada@example\.test +First\n2 +20\S+ +ada@example\.test +Second\n$/,
  );
  assert.match(
    (await run(["mail", "show"], place.env)).out,
    /^To: ada@example\.test\nSubject: Second\nAt: 20\S+\n\nTwo\n$/,
  );
  const first = (await run(["mail", "show", "1"], place.env)).out;
  assert.match(first, /\n\nOne\nand ␛\[31mred␛\]0;x␇\n$/, "no terminal control sequences");
  assert.match((await run(["mail", "show", "3"], place.env)).err, /^No mail has the number 3\n$/);
});

Deno.test("why prints the causes of a failed sign-in, as text and as JSON", async () => {
  await using place = await workspace();
  await using server = await startServer("dev", place);
  const wrong =
    `mutation { signInWithPassword(input: { identifier: "\\u001b[31mada", password: "wrong password" }) {
    __typename } }`;
  await (await fetch(new URL("/graphql", server.url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: wrong }),
  })).body?.cancel();
  const { out } = await run(["why", "nobody at all"], place.env);
  assert.match(
    out,
    /^username nobody at all · no account\n\n1\. NO_SUCH_ACCOUNT\n {3}No account has the name/,
  );
  const json = JSON.parse((await run(["why", "\x1b[31mada", "--json"], place.env)).out);
  assert.deepEqual(json.findings.map(({ code }: { code: string }) => code), ["NO_SUCH_ACCOUNT"]);
  assert.equal(json.findings[0].events[0].type, "password.rejected");
});

Deno.test("dev emulates Google, and a command prints its ID tokens", async () => {
  await using place = await workspace();
  await using server = await startServer("dev", place);
  const url = await eventually("the banner", () => /^ +Google: EMULATED at (\S+)$/m.exec(server.out())?.[1]);
  const print = (...more: string[]) => run(["google", "id-token", "ada@example.test", ...more], place.env);
  const { code, out } = await print("--nonce", "n-1");
  assert.equal(code, 0);
  assert.match(out, /^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const { email, nonce } = read(out.trim(), 1);
  assert.deepEqual([email, nonce], ["ada@example.test", "n-1"]);
  assert.equal(read((await print("--audience", "other")).out.trim(), 1)["aud"], "other");
  const invalid = await run(["google", "id-token", "ada"], place.env);
  assert.equal(invalid.code, 1);
  assert.match(invalid.err, /^Invalid e-mail address\n$/);
  const page = await fetch(`${url}/consent/nothing`);
  assert.equal(page.status, 404, await page.text());
});

Deno.test("a configured Google is never emulated", async () => {
  await using place = await workspace();
  await using server = await startServer("dev", place, {
    GOOGLE_CLIENT_ID: "web.example",
    GOOGLE_CLIENT_SECRET: "GOCSPX-unknown",
  });
  await eventually("the banner", () => /Mail: +EMULATED/.test(server.out()));
  assert.doesNotMatch(server.out(), /Google: EMULATED/);
  const { err } = await run(["google", "id-token", "ada@example.test"], place.env);
  assert.match(err, /No server on this folder emulates Google/);
});
