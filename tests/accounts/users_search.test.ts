import assert from "node:assert/strict";
import { sql } from "kysely";
import { newId } from "../../src/lib/ids.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase, onPostgres } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { post } from "../support/wire.ts";

type Named = { username?: string; email?: string; name?: string };

/** Inserts users like an import, created in this order. Returns their ids. */
async function insertUsers(app: TestApp, users: Named[]): Promise<string[]> {
  // Ids made in the same millisecond are not ordered.
  const ids = users.map(() => newId("usr")).sort();
  const rows = users.map(({ username, email, name }, index) => ({
    id: ids[index],
    username,
    username_key: username?.toLowerCase(),
    email,
    email_key: email?.toLowerCase(),
    name,
    name_key: name?.toLowerCase(),
  }));
  await sql`insert into users (id, username, username_key, email, email_key, name, name_key, is_guest, state, state_metadata,
      created_at, version)
    select row.*, false, 'VISITOR', '{}', now(), 1 from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as row (id text, username text, username_key text, email text, email_key text, name text, name_key text)`
    .execute(app.services.db);
  return ids;
}

type Page = {
  nodes: { id: string; username: string | null }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
  totalCount: number | null;
};

async function users(app: TestApp, token: string, variables: Record<string, unknown>): Promise<Page> {
  const { data, text } = await post(
    app,
    `query ($search: String, $first: Int, $after: String, $last: Int, $before: String) {
      users(search: $search, first: $first, after: $after, last: $last, before: $before) {
        nodes { id username } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
    { token, variables },
  );
  assert.ok(data, text);
  return data["users"] as Page;
}

onEachDatabase(
  "an operator finds users by a part of a name, and by one or two characters at its start",
  async (database) => {
    await using app = await startApp({ database });
    const token = await app.operatorToken("READ");
    const PEOPLE: Named[] = [
      { username: "Ada", email: "Countess@example.test", name: "Ada Lovelace" },
      { username: "adam", email: "adam_b@example.test", name: "Adam B" },
      { username: "grace", email: "grace%hopper@example.test", name: "100% Grace" },
      { username: "a_b", email: "axb@example.test", name: "back\\slash" },
      { username: "axb", name: "back/slash" },
      { username: "last" },
    ];
    const ids = await insertUsers(app, PEOPLE);
    const found = async (search: string) => {
      const { nodes, totalCount } = await users(app, token, { search });
      assert.equal(totalCount, nodes.length);
      return nodes.map(({ id }) => ids.indexOf(id));
    };
    const FINDS: [search: string, found: number[]][] = [
      ["ada", [0, 1]],
      ["ADAM", [1]],
      ["  Ada ", [0, 1]],
      ["countess@", [0]],
      ["COUNTESS@EXAMPLE.TEST", [0]],
      ["lovelace", [0]],
      ["a love", [0]],
      ["hopper@", [2]],
      ["EXAMPLE.TEST", [0, 1, 2, 3]],
      ["dam", [1]],
      ["_b@", [1]],
      ["slash", [3, 4]],
      ["k\\s", [3]],
      ["ada love", [0]],
      ["da", []],
      ["a_", [3]],
      ["adam_", [1]],
      ["adamx", []],
      ["a%", []],
      ["%", []],
      ["_", []],
      ["grace%", [2]],
      ["100%", [2]],
      ["100% g", [2]],
      ["back\\", [3]],
      ["back\\\\", []],
      ["back", [3, 4]],
      ["\\", []],
      ["'", []],
      ["' or '1'='1", []],
      ["", [0, 1, 2, 3, 4, 5]],
      ["   ", [0, 1, 2, 3, 4, 5]],
      ["x".repeat(254), []],
    ];
    for (const [search, expected] of FINDS) assert.deepEqual(await found(search), expected, `«${search}»`);
    for (const [index, id] of ids.entries()) {
      assert.deepEqual(await found(id), [index]);
      assert.deepEqual(await found(id.toUpperCase()), [index]);
      assert.deepEqual(await found(id.slice(0, -1)), [], "an id is found whole");
    }
    for (const search of ["x".repeat(255), "a\n", "a\u0000", "\ud800"]) {
      const { errors } = await post(
        app,
        "query ($search: String) { users(search: $search) { nodes { id } } }",
        {
          token,
          variables: { search },
        },
      );
      assert.deepEqual(errors.map(({ extensions }) => extensions?.code), ["INVALID_INPUT"]);
    }
    const one = async (id: string) =>
      (await post(app, "query ($id: ID!) { user(id: $id) { id name email methods } }", {
        token,
        variables: { id },
      })).data;
    assert.deepEqual(await one(ids[0] ?? ""), {
      user: { id: ids[0], name: "Ada Lovelace", email: "Countess@example.test", methods: [] },
    });
    for (const id of [newId("usr"), "usr_1", "", newId("ses"), "x' or '1'='1"]) {
      assert.deepEqual(await one(id), { user: null }, id);
    }
  },
);

onEachDatabase("a name is found in any case, whatever the database's locale", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken("READ");
  const imported = await post(
    app,
    "mutation ($users: [ImportUserInput!]!) { importUsers(users: $users) { ... on UsersImported { added } } }",
    {
      token: await app.operatorToken("OPERATE"),
      variables: {
        users: [{ username: "one", name: "Ärger Österreich" }, { username: "two", name: "Arger" }],
      },
    },
  );
  assert.deepEqual(imported.data, { importUsers: { added: [0, 1] } }, imported.text);
  for (const search of ["Ärger", "ärg", "ÄRGER ÖST"]) {
    const { nodes } = await users(app, token, { search });
    assert.deepEqual(nodes.map(({ username }) => username), ["one"], search);
  }
});

onEachDatabase("users are paged both ways, and counted up to ten thousand", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken("READ");
  const ids = await insertUsers(
    app,
    Array.from({ length: 10_000 }, (_, index) => ({ username: `user${index}` })),
  );
  const namesOf = ({ nodes }: Page) => nodes.map(({ username }) => Number(username?.slice(4)));
  const upTo = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

  const first = await users(app, token, { first: 3 });
  assert.deepEqual(namesOf(first), [0, 1, 2]);
  assert.equal(first.totalCount, 10_000);
  assert.deepEqual([first.pageInfo.hasNextPage, first.pageInfo.hasPreviousPage], [true, false]);
  const second = await users(app, token, { first: 500, after: first.pageInfo.endCursor });
  assert.deepEqual(namesOf(second), upTo(3, 503));
  const last = await users(app, token, { last: 2 });
  assert.deepEqual(namesOf(last), [9_998, 9_999]);
  const before = await users(app, token, { last: 2, before: last.pageInfo.startCursor });
  assert.deepEqual(namesOf(before), [9_996, 9_997]);
  assert.deepEqual([before.pageInfo.hasNextPage, before.pageInfo.hasPreviousPage], [true, true]);
  const searched = await users(app, token, { search: "user999", first: 500 });
  assert.deepEqual(namesOf(searched), [999, ...upTo(9_990, 10_000)]);
  assert.equal(searched.totalCount, 11);
  const after = await users(app, token, { search: "user999", first: 2, after: ids[9_995] });
  assert.deepEqual([namesOf(after), after.totalCount], [[9_996, 9_997], 11]);

  await insertUsers(app, [{ username: "another" }]);
  assert.equal((await users(app, token, { first: 1 })).totalCount, null, "not counted above ten thousand");
  assert.equal((await users(app, token, { search: "user", first: 1 })).totalCount, 10_000);
});

onPostgres("a search by part reads the index, and works without it", async (database) => {
  await using app = await startApp({ database });
  const { db } = app.services;
  const token = await app.operatorToken("READ");
  await insertUsers(app, Array.from({ length: 10_000 }, (_, index) => ({ username: `user${index}x` })));
  await sql`vacuum analyze users`.execute(db);
  const found = async () => {
    const { nodes } = await users(app, token, { search: "r9876x" });
    return nodes.map(({ username }) => username);
  };
  assert.deepEqual(await found(), ["user9876x"]);
  await eventually("the index was read", async () => {
    const { rows: [index] } = await sql<{ idx_scan: string }>`select idx_scan from pg_stat_user_indexes
      where indexrelname = 'users_by_part'`.execute(db);
    return Number(index?.idx_scan) > 0;
  });
  await sql`drop index users_by_part`.execute(db);
  assert.deepEqual(await found(), ["user9876x"]);
});
