import assert from "node:assert/strict";
import { Kysely, PostgresDialect, type RawBuilder, sql } from "kysely";
import pg from "pg";
import { PgBoss } from "pg-boss";
import { openPostgres } from "../../src/platform/db/database.ts";
import { checkDatabase, prepareSession, SESSION_SETTINGS } from "../../src/platform/db/session_settings.ts";
import type { Tables } from "../../src/platform/db/tables.ts";
import { firstIdAt, idBytes } from "../../src/lib/ids.ts";
import { inTransaction } from "../../src/events/transaction.ts";
import { forgetEndedSessions } from "../../src/accounts/sessions/sessions.ts";
import { newKeyring, startApp, type TestApp } from "../support/app.ts";
import { newHostile, newPostgres, onEachDatabase, onPostgres } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { bcryptHash } from "../support/imported_users.ts";
import { startFlow } from "../support/modal_flows.ts";
import { mutate, newName, newPerson, PASSWORD, register, signedIn, viewerOf } from "../support/people.ts";
import { administer, databaseUrl } from "../support/templates.ts";
import { post } from "../support/wire.ts";

type Page = { nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } };

/** Sorts by bytes, which for ids is the order of code units. */
function inByteOrder(ids: readonly string[]): string[] {
  return [...ids].sort((a, b) => a < b ? -1 : 1);
}

async function idsOf(app: TestApp, token: string, connection: string): Promise<string[]> {
  const { data } = await post(app, `{ list: ${connection} { nodes { id } } }`, { token });
  return (data?.["list"] as Page).nodes.map(({ id }) => id);
}

/** Pages through all users. */
async function walk(app: TestApp, token: string, size: number): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  while (true) {
    const { data } = await post(
      app,
      `query ($size: Int!, $after: String) {
        users(first: $size, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }`,
      { token, variables: { size, after } },
    );
    const { nodes, pageInfo } = data?.["users"] as Page;
    ids.push(...nodes.map(({ id }) => id));
    if (!pageInfo.hasNextPage) return ids;
    after = pageInfo.endCursor;
  }
}

Deno.test("in an Estonian database with hostile settings, older rows come first", async () => {
  await using database = await newHostile("et-EE");
  await using app = await startApp({
    database,
    env: { SESSIONS_PER_USER: "2", LIMIT_REGISTER_PER_ADDRESS: "1000" },
  });
  const token = await app.operatorToken();
  const users = Array.from(
    { length: 90 },
    (_, index) => ({ username: `p${index}`, passwordHash: bcryptHash }),
  );
  await mutate(app, `mutation ($users: [ImportUserInput!]!) { importUsers(users: $users) { __typename } }`, {
    token,
    variables: { users },
  });
  const listed = await idsOf(app, token, "users(first: 100)");
  assert.equal(listed.length, 90);
  assert.deepEqual(listed, inByteOrder(listed));
  assert.deepEqual(await walk(app, token, 7), listed);

  const operator = app.client(token);
  const flows: string[] = [];
  for (let n = 0; n < 40; n++) {
    flows.push((await startFlow(operator, { wait: false })).id);
    assert.deepEqual(await idsOf(app, token, "flows(last: 1)"), [flows.at(-1)]);
  }
  assert.deepEqual(await idsOf(app, token, "flows(first: 100)"), flows);

  for (let n = 0; n < 10; n++) {
    const first = await newPerson(app, `s${n}`);
    const [second, third] = [await signedIn(app, `s${n}`), await signedIn(app, `s${n}`)];
    await eventually("the first has ended", async () => await viewerOf(app, first.accessToken) === null);
    for (const { accessToken } of [second, third]) assert.equal(await viewerOf(app, accessToken), `s${n}`);
  }
});

Deno.test("in a Danish database the hourly clean-up keeps a live session", async () => {
  await using database = await newHostile("da-DK");
  await using app = await startApp({ database });
  await register(app, { username: "ada", password: PASSWORD });
  // The first id of its second that has `aa` where this session's has something later in the alphabet.
  const { session, boundary } = await eventually("a session of that kind", async () => {
    const session = await signedIn(app, "ada");
    const madeAt = Number(new DataView(idBytes(session.sessionId).buffer).getBigUint64(0) >> 16n);
    const boundary = madeAt - madeAt % 1024 + 10 * 32 + 10;
    return madeAt > boundary + 32 && { session, boundary: new Date(boundary) };
  });
  assert.ok(firstIdAt("ses", boundary) < session.sessionId);
  const { refreshSeconds, cookieSeconds } = app.services.sessions.lifetimes;
  const kept = (Math.max(refreshSeconds, cookieSeconds) + 24 * 60 * 60) * 1000;
  await forgetEndedSessions({ ...app.services, now: () => new Date(boundary.getTime() + kept) });
  assert.equal(await viewerOf(app, session.accessToken), "ada");
  const { rows } = await sql`select from sessions where id = ${session.sessionId}`.execute(app.services.db);
  assert.equal(rows.length, 1);
});

onEachDatabase("every text column is compared by bytes", async (database) => {
  const opened = await database.open();
  const { rows } = await sql<{ name: string; collation: string | null }>`
    select attrelid::regclass || '.' || attname as name, collname as collation
    from pg_attribute join pg_class on pg_class.oid = attrelid left join pg_collation on pg_collation.oid = attcollation
    where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
      and attcollation <> 0 and relname not like 'kysely_%'`.execute(opened.db);
  assert.ok(rows.length > 70);
  assert.deepEqual(rows.filter(({ collation }) => collation !== "C"), []);
  await opened.close();
});

Deno.test("on a hostile database every connection has the settings that the statements rely on", async () => {
  await using database = await newHostile("et-EE");
  await using app = await startApp({ database });
  // Uses all connections of the pool at the same time.
  const all = Array.from({ length: 10 }, () =>
    inTransaction(app.services, async ({ db }) => {
      await sql`select pg_sleep(0.05)`.execute(db);
      const { rows } = await sql<Record<string, string>>`select ${
        sql.join(SESSION_SETTINGS.map(({ name }): RawBuilder<unknown> =>
          sql`current_setting(${name}, true) as ${sql.ref(name)}`
        ))
      }, current_setting('synchronous_commit') as synchronous_commit, current_schema() as schema`.execute(db);
      return rows[0];
    }));
  const wanted = Object.fromEntries(SESSION_SETTINGS.map(({ name, value }) => [name, value]));
  for (const found of await Promise.all(all)) {
    const { transaction_timeout: _, ...settings } = found ?? {};
    const { transaction_timeout: __, ...expected } = wanted;
    assert.deepEqual(settings, { ...expected, synchronous_commit: "local", schema: "public" });
  }
});

Deno.test("on a hostile database the job engine's connections have these settings, too", async () => {
  await using database = await newHostile("et-EE");
  const opened = await database.open();
  const boss = new PgBoss({
    ...opened.boss,
    supervise: false,
    schedule: false,
    migrate: false,
  });
  await boss.start();
  const { rows } = await boss.getDb().executeSql(
    "select current_setting('default_transaction_isolation') as isolation, current_setting('DateStyle') as style",
  );
  assert.deepEqual(rows, [{ isolation: "read committed", style: "ISO, MDY" }]);
  await boss.stop({ graceful: false });
  await opened.close();
});

Deno.test("behind a pooler, a database that needs session settings is refused", async () => {
  await using database = await newHostile("et-EE");
  const name = new URL(database.url).pathname.slice(1);
  await administer(databaseUrl(database.url, "postgres"), `alter database ${name} reset search_path`);
  const pool = new pg.Pool({
    connectionString: database.url,
    max: 1,
    onConnect: (client) => prepareSession(Object.assign(client, { processID: 1 })),
  });
  pool.on("error", () => {});
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  await assert.rejects(checkDatabase(db), {
    message:
      /^Cannot use this database: its DateStyle is "SQL, DMY", and a pooler .* Run: alter database "?hostile_/,
  });
  await db.destroy();
});

Deno.test("a database without UTF-8, or without foreign-key checks, is refused", async () => {
  await using database = await newPostgres();
  const cluster = databaseUrl(database.url, "postgres");
  const problem = async (url: string) => {
    const opened = openPostgres({ url, maxConnections: 1 });
    try {
      await checkDatabase(opened.db);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : "";
    } finally {
      await opened.close();
    }
  };
  for (const encoding of ["SQL_ASCII", "LATIN1"]) {
    const name = `test_${encoding.toLowerCase()}_${crypto.randomUUID().slice(0, 8)}`;
    await administer(cluster, `create database ${name} template template0 encoding '${encoding}' locale 'C'`);
    assert.match(
      await problem(databaseUrl(cluster, name)) ?? "",
      new RegExp(`^Cannot use this database: its encoding is ${encoding}, .*createdb --encoding=UTF8`),
    );
    await administer(cluster, `drop database ${name} with (force)`);
  }
  assert.equal(await problem(database.url), undefined);
  const name = new URL(database.url).pathname.slice(1);
  await administer(cluster, `alter database ${name} set session_replication_role = replica`);
  assert.match(
    await problem(database.url) ?? "",
    /^Cannot use this database: session_replication_role is replica/,
  );
  await administer(cluster, `alter database ${name} reset session_replication_role`);
});

onPostgres("R5: on a serializable database 20 users can register concurrently", async (database) => {
  const url = database.url ?? "";
  const name = new URL(url).pathname.slice(1);
  const cluster = databaseUrl(url, "postgres");
  await administer(cluster, `alter database ${name} set default_transaction_isolation = serializable`);
  const keys = newKeyring();
  // Conflicts are most frequent on new connections.
  for (let round = 0; round < 3; round++) {
    await using app = await startApp({ database, keys });
    const all = Array.from({ length: 20 }, () => {
      const username = newName();
      return register(app, { username, email: `${username}@example.test`, password: PASSWORD });
    });
    assert.deepEqual((await Promise.all(all)).map((each) => each.__typename), Array(20).fill("Registered"));
  }
});

onPostgres("after a deadlock both transactions succeed", async (database) => {
  await using app = await startApp({ database });
  const people = [await newPerson(app), await newPerson(app)];
  const [one = "", other = ""] = people.map(({ id }) => id);
  let waiting = 2;
  const bothHold = Promise.withResolvers<void>();
  let tries = 0;
  const touch = (first: string, second: string) =>
    inTransaction(app.services, async ({ db }) => {
      tries++;
      await db.updateTable("users").set({ name: "first" }).where("id", "=", first).execute();
      if (--waiting === 0) bothHold.resolve();
      await bothHold.promise;
      await db.updateTable("users").set({ name: "second" }).where("id", "=", second).execute();
    });
  await Promise.all([touch(one, other), touch(other, one)]);
  assert.equal(tries, 3);
});

onPostgres("a statement is retried after a serialization failure", async (database) => {
  await using app = await startApp({ database });
  const { db } = app.services;
  await sql`create sequence tried`.execute(db);
  await sql`create function undone_twice() returns int language plpgsql as $$ begin
    if nextval('tried') < 3 then raise 'undone' using errcode = '40001'; end if; return 7; end $$`.execute(
    db,
  );
  const { rows } = await sql<{ answer: number }>`select undone_twice() as answer`.execute(db);
  assert.deepEqual(rows, [{ answer: 7 }]);
});
