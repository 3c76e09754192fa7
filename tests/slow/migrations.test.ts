import assert from "node:assert/strict";
import { type Kysely, sql } from "kysely";
import { PGlite } from "@electric-sql/pglite";
import { type Database, pgliteDatabase } from "../../src/platform/db/database.ts";
import { migrate, MIGRATIONS, schemaStatus } from "../../src/platform/db/migrate.ts";
import type { Tables } from "../../src/platform/db/tables.ts";
import { newPostgres, type TestDatabase } from "../support/databases.ts";
import { newRootSecret, runCommand, startServer, temporaryFolder } from "../support/server_process.ts";

const NAMES = Object.keys(MIGRATIONS);

/** Rows for each version of the schema, keyed by the migration after which they can be inserted. */
const ROWS: Record<string, string[]> = {
  "0001_events": [
    `insert into unsequenced_events (id, at, type, actor, data) values ('evt_1', now(), 'a.b', 'system', '{}')`,
    `insert into events (position, id, at, type, actor, flow_id, data)
      values (nextval('event_position'), 'evt_0', now(), 'a.b', 'system', 'flw_1', '{"step": "x"}')`,
  ],
  "0002_instances": [
    `insert into instances (id, started_at, lease_ends_at) values ('ins_1', now(), now())`,
    `insert into root_keys (id, in_force_since) values ('key', now())`,
  ],
  "0003_operators": [
    `insert into operators (id, name, role, token_hash, created_at, expires_at)
      values ('opr_1', 'ada', 'READ', '\\x01', now(), now())`,
  ],
  "0004_vault": [
    `insert into credentials (id, provider, label, token_id, scopes, health, has_refresh_token, refused,
        created_at, version, root_key_id, sealed)
      values ('crd_1', 'MODAL', 'acme', 'ak-1', '{}', 'HEALTHY', false, false, now(), 1, 'key', 'sealed')`,
  ],
  "0005_flows": [
    `insert into flows (id, kind, status, created_at, updated_at, expires_at, steps, detail, credential_id, version)
      values ('flw_1', 'MODAL_TOKEN', 'WAITING', now(), now(), now(), '[]', '{}', 'crd_1', 1)`,
    `insert into modal_waits (flow_id, owner, claim, ends_at) values ('flw_1', 'ins_1', 1, now())`,
  ],
  "0007_users": [
    `insert into users (id, username, username_key, is_guest, state, state_metadata, created_at, version)
      values ('usr_1', 'Ada', 'ada', false, 'VISITOR', '{}', now(), 1)`,
    `insert into mailed_links (token_hash, purpose, user_id, email_key, expires_at)
      values ('\\x01', 'VERIFY_EMAIL', 'usr_1', 'ada@example.test', now())`,
  ],
  "0008_sessions": [
    `insert into sessions (id, user_id, method, transport, created_at, last_seen_at, ends_at, idle_ends_at, generation)
      values ('ses_1', 'usr_1', 'PASSWORD', 'TOKENS', now(), now(), now(), now(), 0)`,
  ],
  "0009_signing_keys": [
    `insert into signing_keys (id, public_jwk, sealed, created_at, signs_from) values ('kid', '{}', 'sealed', now(), now())`,
  ],
  "0011_email_codes": [
    `insert into email_codes (flow_id, email, email_key, code_mac, attempts_left, expires_at)
      values ('flw_1', 'ada@example.test', 'ada@example.test', '\\x01', 5, now())`,
  ],
  "0012_identities": [
    `insert into identities (issuer, subject, user_id, email, created_at)
      values ('https://accounts.google.com', '1', 'usr_1', 'ada@example.test', now())`,
    `insert into spent_tokens (hash, expires_at) values ('\\x01', now())`,
  ],
  "0013_google_authorizations": [
    `insert into google_authorizations (flow_id, state_hash, started_by, expires_at)
      values ('flw_1', '\\x01', 'usr_1', now())`,
  ],
  "0014_credential_refresh": [],
  "0015_byte_order": [],
  "0016_known_devices": [],
  "0017_unvouched_users": [],
  "0018_user_roles": [],
  "0019_api_keys": [
    `insert into api_keys (id, name, prefix, key_hash, scopes, created_at)
      values ('key_1', 'crm', 'spk_12345678', '\\x01', '{users:read}', now())`,
  ],
  "0020_event_search": [`insert into pruned_events (kind, position) values ('refusals', 1)`],
  "0021_diagnosis": [],
  "0022_factors": [
    `insert into factors (id, user_id, kind, name, created_at) values ('fct_1', 'usr_1', 'TOTP', 'Phone', now())`,
    `insert into recovery_codes (code_hash, user_id) values ('\\x01', 'usr_1')`,
    `insert into totp_enrolments (id, user_id, session_id, sealed, attempts_left, expires_at)
      values ('crm_1', 'usr_1', 'ses_1', 'sealed', 5, now())`,
  ],
  // Adds only an index.
  "0023_user_search": [],
  // Adds only a column and an index.
  "0024_addresses": [],
  "0025_api_key_creators": [],
  "0010_rate_limits": [`insert into rate_limits (key, points, expire) values ('key', 1, 1)`],
  "0006_mails": [
    `insert into mails (id, to_address, subject, status, attempts, created_at, expires_at, flow_id, sealed)
      values ('mal_1', 'ada@example.test', 'Hello', 'QUEUED', 0, now(), now(), 'flw_1', 'sealed')`,
  ],
};

for (const [kind, openEmpty] of Object.entries({ postgres: emptyPostgres, pglite: emptyPglite })) {
  const name = "each migration runs on the version before it with rows in it, and keeps them";
  // The sanitizers would report PGlite's own timers; see `databases.ts`.
  Deno.test({
    name: `${name} [${kind}]`,
    sanitizeOps: kind === "postgres",
    fn: async () => {
      await using database = await openEmpty();
      assert.deepEqual(await schemaStatus(database.db), { applied: [], pending: NAMES, unknown: [] });
      const written: string[] = [];
      for (const [index, name] of NAMES.entries()) {
        assert.deepEqual(await migrate(database, name), [name]);
        assert.deepEqual((await schemaStatus(database.db)).pending, NAMES.slice(index + 1));
        const rows = ROWS[name];
        assert(rows, `${name} has no rows here to be tried with`);
        for (const row of rows) {
          await sql.raw(row).execute(database.db);
          written.push(/insert into (\w+)/.exec(row)?.[1] ?? "");
        }
        for (const table of written) {
          assert.equal(await countRows(database.db, table), 1, `${table} after ${name}`);
        }
      }
      assert.deepEqual(await migrate(database), [], "no migration is pending");
      assert.deepEqual(
        (await tablesOf(database.db)).sort(),
        written.sort(),
        "every table was tried with a row",
      );
    },
  });
}

Deno.test("migrate reports its steps and the status, and serve requires a current schema", async () => {
  await using database = await emptyPostgres();
  await using folder = await temporaryFolder();
  const env = { DATABASE_URL: database.url, SALLYPORT_SECRET: newRootSecret() };
  const run = (...args: string[]) => runCommand(args, folder.path, env);

  const behind = await run("serve");
  assert.equal(behind.code, 1);
  assert.match(
    behind.output,
    /^Cannot start: the database's schema is behind \(0001_events, .*Run: deno task migrate\n$/,
  );
  const pending = await run("migrate", "status");
  assert.equal(pending.output, NAMES.map((name) => `pending  ${name}\n`).join(""));
  const done = await run("migrate");
  assert.deepEqual(done, { code: 0, output: NAMES.map((name) => `Applied ${name}\n`).join("") });
  assert.equal((await run("migrate", "up")).output, "Nothing to do: the schema is current\n");
  assert.equal((await run("migrate", "status")).output, NAMES.map((name) => `applied  ${name}\n`).join(""));

  await sql`insert into kysely_migration (name, timestamp) values ('9999_future', '')`.execute(database.db);
  const newer = await run("serve");
  assert.equal(newer.code, 1);
  assert.match(
    newer.output,
    /^Cannot start: the database's schema is newer than this Sallyport \(9999_future\)/,
  );
  const refused = await run("migrate");
  assert.equal(refused.code, 1);
  assert.match(refused.output, /newer than this Sallyport/);
  assert.match((await run("migrate", "status")).output, /^unknown {2}9999_future/m);
});

Deno.test("two concurrent migrations both succeed, and each step runs once", async () => {
  await using database = await emptyPostgres();
  await using folder = await temporaryFolder();
  const env = { DATABASE_URL: database.url, SALLYPORT_SECRET: newRootSecret() };
  const done = await Promise.all([1, 2].map(() => runCommand(["migrate"], folder.path, env)));
  assert.deepEqual(done.map(({ code }) => code), [0, 0], done.map(({ output }) => output).join("\n"));
  const applied = done.flatMap(({ output }) => output.match(/Applied \w+/g) ?? []);
  assert.deepEqual(applied.sort(), NAMES.map((name) => `Applied ${name}`));
  await using server = await startServer(folder.path, { ...env, MODAL_SERVER_URL: "http://127.0.0.1:9" });
  assert.equal(await status(`${server.url}/readyz`), 200);
});

Deno.test("the embedded database migrates at the start and refuses a second process", async () => {
  await using folder = await temporaryFolder();
  const env = { MODAL_SERVER_URL: "http://127.0.0.1:9" };
  await using server = await startServer(folder.path, env);
  assert.equal(await status(`${server.url}/readyz`), 200);
  for (const args of [["serve"], ["migrate"]]) {
    const { code, output } = await runCommand(args, folder.path, env);
    assert.equal(code, 1);
    assert.match(
      output,
      /^Cannot start: process \d+ \(http:.* uses .*Stop it, or set DATA_DIR to another folder\n$/,
    );
    assert(output.includes(server.url));
  }
  server.signal("SIGTERM");
  assert.equal(await server.ended, 0);
  assert.match((await runCommand(["migrate"], folder.path, env)).output, /^Nothing to do/);
  const { mode } = await Deno.stat(`${folder.path}/secret`);
  assert.equal((mode ?? 0) & 0o777, 0o600);
});

/** A database without a schema. */
async function emptyPostgres(): Promise<Database & AsyncDisposable & { url: string }> {
  const made: TestDatabase & { url: string } = await newPostgres();
  const database = await made.open();
  await sql`drop schema public cascade`.execute(database.db);
  await sql`drop schema pgboss cascade`.execute(database.db);
  await sql`create schema public`.execute(database.db);
  return {
    ...database,
    url: made.url,
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await made[Symbol.asyncDispose]();
    },
  };
}

async function emptyPglite(): Promise<Database & AsyncDisposable> {
  const database = pgliteDatabase(await PGlite.create());
  return { ...database, [Symbol.asyncDispose]: () => database.close() };
}

async function countRows(db: Kysely<Tables>, table: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from ${sql.table(table)}`
    .execute(db);
  return rows[0]?.count ?? 0;
}

/** Our tables, without those of the migrator. */
async function tablesOf(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ tablename: string }>`
    select tablename from pg_tables where schemaname = 'public' and tablename not like 'kysely_%'`.execute(
    db,
  );
  return rows.map((row) => row.tablename);
}

async function status(url: string): Promise<number> {
  const answer = await fetch(url);
  await answer.body?.cancel();
  return answer.status;
}
