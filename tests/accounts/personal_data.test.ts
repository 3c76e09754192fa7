import assert from "node:assert/strict";
import { sql } from "kysely";
import { HELD_TABLES, type HeldTable, MOST_ROWS } from "../../src/accounts/personal_data/held_tables.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { fromDevice } from "../support/callers.ts";
import { codeFor, verifyCode } from "../support/codes.ts";
import { importToken } from "../support/credentials.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { addTotp, renameFactor, signInFirst, startTotp } from "../support/factors.ts";
import { startGoogleApp } from "../support/google.ts";
import type { GoogleApp } from "../support/google_credentials.ts";
import { start } from "../support/google_flows.ts";
import { signInWithGoogle } from "../support/google_sign_in.ts";
import { startFlow } from "../support/modal_flows.ts";
import { addPasskey, newAuthenticator } from "../support/passkeys.ts";
import { mutate, newPerson, PASSWORD, register, signedIn, signIn } from "../support/people.ts";
import { dump, leaks } from "../support/secrets.ts";
import { cookieOf, mailedToken, verifyEmail } from "../support/token_kinds.ts";
import { post } from "../support/wire.ts";

type Section = { count: number; truncated: boolean; rows: Record<string, unknown>[] };
type Export = Record<string, Section> & { exportedAt: string };

/** Requests an export, and returns its text too. */
async function exportOf(app: Pick<TestApp, "fetch">, token: string, userId?: string) {
  const { data, errors, text } = await post(
    app,
    "query ($userId: ID) { personalData(userId: $userId) }",
    { token, variables: { userId } },
  );
  const [code] = errors.map(({ extensions }) => extensions?.code);
  return { held: data?.["personalData"] as Export, code, text };
}

type Held = HeldTable<unknown> & { newest: string };

/** The tables with rows about users. */
const HELD = Object.entries(HELD_TABLES).flatMap(([table, held]): [string, Held][] =>
  "leftOut" in held ? [] : [[table, held as unknown as Held]]
);

const NAME = "Zuleika-Dobson";
const ADDRESS = "zuleika@oxford.test";
const HOME = "203.0.113.77";
const DEVICE = "Babbage-Engine/1842";
const FACTOR = "Zuleika's telephone";

/** Creates a user with rows in every table, and returns their values that name them, and those that are secret. */
async function newHeldPerson(app: GoogleApp) {
  const home = fromDevice(app, HOME, DEVICE);
  await signIn(home, NAME, "wrong");
  await register(home, { username: NAME, email: ADDRESS, password: PASSWORD });
  assert.equal(await verifyEmail(home, await mailedToken(app, ADDRESS)), "Done");
  await signIn(home, NAME, "wrong");
  const cookie = await cookieOf(home, ADDRESS);
  const person = await signedIn(home, NAME);
  const token = person.accessToken;
  await post(home, "mutation ($email: String!) { requestPasswordReset(email: $email) { __typename } }", {
    variables: { email: ADDRESS },
  });
  const resetToken = await mailedToken(app, ADDRESS);
  const { sub } = app.google.account({ email: "zuleika@gmail.test", name: "Zuleika the Elder" });
  const linked = await signInWithGoogle(home, { email: "zuleika@gmail.test" }, { token });
  assert.equal(linked.__typename, "SignedIn", JSON.stringify(linked));
  const used = await codeFor(home, ADDRESS);
  assert.equal((await verifyCode(home, used.id, used.code)).__typename, "SignedIn");
  app.clock.advance(60);
  const pending = await codeFor(home, ADDRESS);
  const { tokenId, tokenSecret } = app.modal.issueToken();
  const imported = await importToken(app.client(token), { tokenId, tokenSecret });
  assert(imported.__typename === "ModalVerified");
  const flow = await startFlow(app.client(token));
  const google = await start(home, { token });
  const { secret, factor, recoveryCodes } = await addTotp(app, token);
  await renameFactor(home, token, factor.id, FACTOR);
  await addPasskey(home, token, newAuthenticator(), "Zuleika's key");
  assert.equal((await startTotp(app, token)).__typename, "TotpEnrolment");
  assert.equal((await signInFirst(home, NAME)).__typename, "SecondFactorRequired");
  await app.services.eventLog.settled();
  return {
    ...person,
    named: [NAME, ADDRESS, HOME, DEVICE, FACTOR, "Zuleika's key", sub, imported.credential.label, tokenId],
    secrets: [
      ...[PASSWORD, cookie, token, person.refreshToken, resetToken, tokenSecret, secret, ...recoveryCodes],
      ...[flow.webUrl ?? assert.fail(), flow.tokenFlowId],
      ...[
        new URL(google.authorizationUrl).searchParams.get("state") ?? assert.fail(),
        pending.code,
        pending.id,
      ],
    ],
  };
}

/** The stored values of a column in the user's rows. */
async function storedIn(
  { services: { db } }: TestApp,
  table: string,
  held: Held,
  column: string,
  id: string,
) {
  const { rows } = await sql<{ value: unknown }>`select ${sql.ref(column)} as value from ${sql.table(table)}
    where ${sql.join(held.of({ id, email: ADDRESS }).map((each) => sql`(${each})`), sql` or `)}`.execute(db);
  return rows.map(({ value }) => value);
}

function hasText(value: unknown): value is string | Uint8Array {
  return typeof value === "string" || value instanceof Uint8Array;
}

onEachDatabase("the list of personal data has every table and column of the schema", async (database) => {
  await using app = await startApp({ database });
  const { rows } = await sql<{ name: string; columns: string[] }>`
    select table_name as name, array_agg(column_name::text order by column_name) as columns
    from information_schema.columns
    where table_schema = current_schema() and table_name not like 'kysely_%' group by table_name`
    .execute(app.services.db);
  const listed = Object.entries(HELD_TABLES).map(([name, { columns }]) => ({
    name,
    columns: (Array.isArray(columns) ? [...columns] : Object.keys(columns)).sort(),
  }));
  const byName = (one: { name: string }, other: { name: string }) => one.name < other.name ? -1 : 1;
  assert.deepEqual(listed.toSorted(byName), rows.toSorted(byName));
});

onEachDatabase("R67: an export has all data of a user, and a deletion leaves none", async (database) => {
  await using app = await startGoogleApp({ database });
  const operator = await app.operatorToken("OPERATE");
  const ada = await newHeldPerson(app);
  await newPerson(fromDevice(app, "203.0.113.78", "Other/1"), "bystander");

  const { held, text } = await exportOf(fromDevice(app, HOME, DEVICE), ada.accessToken);
  for (const [table] of HELD) {
    const name = table.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    assert.ok(held[name]?.count, `${table}: ${text}`);
  }
  assert.deepEqual(leaks(text, ada.named), ada.named);
  assert.doesNotMatch(text, /bystander|203\.0\.113\.78/);
  assert.equal(held["recoveryCodes"]?.count, 10);
  assert.deepEqual(leaks(text, ada.secrets), []);
  for (const [table, each] of HELD) {
    for (
      const column of Object.keys(each.columns).filter((name) => each.columns[name as never] === "secret")
    ) {
      const values = (await storedIn(app, table, each, column, ada.id)).filter(hasText);
      assert.deepEqual(leaks(text, values), [], `${table}.${column}`);
    }
  }

  const { __typename } = await mutate(
    app,
    "mutation ($userId: ID!) { deleteUser(userId: $userId) { __typename } }",
    { token: operator, variables: { userId: ada.id } },
  );
  assert.equal(__typename, "Done");
  await app.services.eventLog.settled();
  const rest = await dump(app.services);
  assert.deepEqual(leaks(rest, [...ada.named, NAME.toLowerCase()]), []);
  assert.match(rest, /203\.0\.113\.78/, "other users keep their data");
  const tables = rest.split(/\n(?=\w+\.\w+\n)/).filter((rows) => rows.includes(ada.id));
  const kept = HELD.flatMap(([table, { kept }]) => kept ? [`public.${table}`] : []);
  assert.deepEqual(tables.map((rows) => rows.split("\n")[0]).sort(), kept.sort());
});

onPglite("exports need a fresh proof, or an operator, and are events", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const bob = await newPerson(app);
  const operator = await app.operatorToken("READ");
  const own = await exportOf(app, ada.accessToken);
  assert.deepEqual(own.held["users"]?.rows.map(({ id, username }) => ({ id, username })), [
    { id: ada.id, username: ada.username },
  ]);
  assert.equal((await exportOf(app, ada.accessToken, bob.id)).code, "FORBIDDEN");
  assert.equal((await exportOf(app, operator)).code, "INVALID_INPUT");
  assert.equal((await exportOf(app, operator, "usr_01jd0000000000000000000000")).code, "INVALID_INPUT");
  assert.equal((await exportOf(app, operator, bob.id)).held["users"]?.rows[0]?.["id"], bob.id);
  await app.services.eventLog.settled();
  const events = await post(app, '{ events(types: ["personal_data.exported"]) { nodes { actor userId } } }', {
    token: operator,
  });
  const [first, second] = (events.data?.["events"] as { nodes: { actor: string; userId: string }[] }).nodes;
  assert.deepEqual(first, { actor: `user:${ada.id}`, userId: ada.id });
  assert.equal(second?.userId, bob.id);
  assert.match(second?.actor ?? "", /^operator:/);

  app.clock.advance(11 * 60);
  assert.equal((await exportOf(app, ada.accessToken)).code, "STEP_UP_REQUIRED");
  assert.equal((await exportOf(app, operator, ada.id)).code, undefined);
  const again = await signedIn(app, ada.username);
  await addTotp(app, again.accessToken);
  app.clock.advance(11 * 60);
  assert.equal((await exportOf(app, again.accessToken)).code, "STEP_UP_REQUIRED");
});

onPglite(
  "an export hides the devices of operators, and what belongs to an earlier owner",
  async (database) => {
    await using app = await startApp({ database });
    const operator = await app.operatorToken("OPERATE");
    const ofOperator = fromDevice(app, "198.51.100.7", "Operator-Device/1");
    // Another person asked for the name and the address first.
    const stranger = fromDevice(app, "198.51.100.8", "Stranger-Device/1");
    await signIn(stranger, "ada", "wrong");
    await codeFor(stranger, "ada@example.test");
    await register(app, { username: "ada", email: "ada@example.test", password: PASSWORD });
    const link = await mailedToken(app, "ada@example.test");
    const ada = await signedIn(app, "ada");
    const setRoles = `mutation ($id: ID!) { setUserRoles(userId: $id, roles: ["editor"]) { __typename } }`;
    await mutate(ofOperator, setRoles, { token: operator, variables: { id: ada.id } });
    await app.services.eventLog.settled();

    const claimed = await exportOf(app, ada.accessToken);
    assert.match(claimed.text, /user\.roles_changed/);
    assert.equal(claimed.held["emailCodes"]?.count, 0, "the address is not verified");
    assert.equal(await verifyEmail(app, link), "Done");
    const verified = await exportOf(app, (await signedIn(app, "ada")).accessToken);
    assert.equal(verified.held["emailCodes"]?.count, 1);
    for (const { text } of [claimed, verified]) {
      assert.doesNotMatch(text, /198\.51\.100|Operator-Device|Stranger-Device/);
    }
  },
);

onEachDatabase("an export has the newest rows of a table, and says that there are more", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const insert = sql`insert into events (position, id, at, type, actor, user_id, data)
    select nextval('event_position'), 'evt_' || n, now(), 'factor.used', 'system', ${ada.id}, jsonb_build_object('n', n)
    from generate_series(1, ${MOST_ROWS + 1}::int) n`;
  await app.services.eventLog.settled();
  await insert.execute(app.services.db);
  const { held } = await exportOf(app, ada.accessToken);
  const { count, rows, truncated } = held["events"] ?? assert.fail();
  assert.deepEqual({ count, length: rows.length, truncated }, {
    count: MOST_ROWS,
    length: MOST_ROWS,
    truncated: true,
  });
  assert.deepEqual([rows[0]?.["data"], rows.at(-1)?.["data"]], [{ n: MOST_ROWS + 1 }, { n: 2 }]);
  assert.equal(held["sessions"]?.truncated, false);
});
