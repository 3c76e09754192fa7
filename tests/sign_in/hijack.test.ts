import assert from "node:assert/strict";
import { type Kysely, sql } from "kysely";
import type { Tables } from "../../src/platform/db/tables.ts";
import { startApp } from "../support/app.ts";
import { changePassword, eventsAbout, from } from "../support/callers.ts";
import { codeFor, guest, requestCode, verifyCode } from "../support/codes.ts";
import { onEachDatabase, onPostgres, type TestDatabase } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { addTotp, factorsOf } from "../support/factors.ts";
import { startGoogleApp } from "../support/google.ts";
import { issueNonce, presentToken, signInWithGoogle } from "../support/google_sign_in.ts";
import { newPerson, PASSWORD, register, signedIn, signIn } from "../support/people.ts";
import { signOut } from "../support/sessions.ts";
import { lockedRow, wide } from "../support/races.ts";
import { setDisabled } from "../support/callers.ts";
import { mailedToken, verifyEmail } from "../support/token_kinds.ts";

const VICTIM = "victim@gmail.com";
const MALLORY = { email: "mallory@gmail.com", name: "Mallory Was Here" };

type App = Awaited<ReturnType<typeof startGoogleApp>>;

/** Creates a user who claims the victim's address without verifying it. */
async function newHijacker(app: App) {
  await register(app, { username: "mallory", email: VICTIM, password: PASSWORD });
  await mailedToken(app, VICTIM);
  return await signedIn(app, "mallory");
}

/** Starts two instances with the same Google emulator. */
async function twoInstances(database: TestDatabase) {
  const stack = new AsyncDisposableStack();
  const one = stack.use(await startGoogleApp({ database }));
  const { google, clock, inbox } = one;
  const other = stack.use(await startApp({ database, google, clock, inbox, keys: one.services.keys }));
  return { one, other, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Starts `second` after `first` waits for the user's row, then lets both continue at the same time. */
async function meet<A, B>(
  db: Kysely<Tables>,
  userId: string,
  first: () => Promise<A>,
  second: () => Promise<B>,
): Promise<[A, B]> {
  const waiting = (count: number) =>
    eventually(`${count} wait`, async () => {
      const { rows } = await sql<{ count: number }>`select count(*)::int as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
      return (rows[0]?.count ?? 0) >= count;
    });
  const holder = await db.startTransaction().execute();
  await lockedRow("users", userId).execute(holder);
  try {
    const one = first();
    await waiting(1);
    const other = second();
    await waiting(2);
    await holder.commit().execute();
    return await Promise.all([one, other]);
  } finally {
    if (!holder.isCommitted) await holder.rollback().execute();
  }
}

const identitiesOf = (app: App, userId: string) =>
  app.services.db.selectFrom("identities").selectAll().where("user_id", "=", userId).execute();

onPostgres(
  "R27: a Google sign-in that runs while the address is verified signs in to another account",
  async (database) => {
    await using app = await startGoogleApp({ database: wide(database, 10) });
    const hijacker = await newHijacker(app);
    await signInWithGoogle(app, MALLORY, { token: hijacker.accessToken });
    const { id, code } = await codeFor(app, VICTIM);
    const nonce = await issueNonce(app);
    const token = app.google.issueIdToken({ ...MALLORY, name: "The Victim's Name" }, { nonce });
    const [victim, attacker] = await meet(
      app.services.db,
      hijacker.id,
      () => verifyCode(app, id, code),
      () => presentToken(app, token, { nonce }),
    );
    assert.equal(victim.user.id, hijacker.id);
    assert.equal(attacker.__typename, "SignedIn");
    assert.notEqual(attacker.user.id, victim.user.id);
    assert.deepEqual(await identitiesOf(app, victim.user.id), []);
    const row = await app.services.db.selectFrom("users").select(["name", "auth_id"])
      .where("id", "=", victim.user.id).executeTakeFirstOrThrow();
    assert.deepEqual(row, { name: null, auth_id: null });
  },
);

onEachDatabase(
  "R27: second factors of an account that only claimed the address do not lock its owner out",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const hijacker = await newHijacker(app);
    await addTotp(app, hijacker.accessToken);
    const { id, code } = await codeFor(app, VICTIM);
    const victim = await verifyCode(app, id, code);
    assert.deepEqual([victim.__typename, victim.user.id], ["SignedIn", hijacker.id]);
    assert.deepEqual(await factorsOf(app, victim.tokens.accessToken), []);
  },
);

onPostgres("R27: linking Google while the address is verified is rejected", async (database) => {
  await using app = await startGoogleApp({ database: wide(database, 10) });
  const hijacker = await newHijacker(app);
  const { id, code } = await codeFor(app, VICTIM);
  const token = app.google.issueIdToken(MALLORY);
  const [victim, attacker] = await meet(
    app.services.db,
    hijacker.id,
    () => verifyCode(app, id, code),
    () => presentToken(app, token, { token: hijacker.accessToken }),
  );
  assert.equal(victim.user.id, hijacker.id);
  assert.equal(attacker.code, "UNAUTHENTICATED");
  assert.deepEqual(await identitiesOf(app, victim.user.id), []);
});

onPostgres(
  "an ended session cannot link Google, even on an instance that does not know of its end",
  async (database) => {
    await using instances = await twoInstances(database);
    const { one, other } = instances;
    for (let round = 0; round < 3; round++) {
      const ada = await newPerson(one);
      const thief = await signedIn(other, ada.username);
      await changePassword(one, ada.accessToken, PASSWORD, "a horse of another colour");
      const token = one.google.issueIdToken({ email: `thief${round}@gmail.com` });
      const answer = await presentToken(other, token, { token: thief.accessToken });
      assert.notEqual(answer.user?.id, ada.id);
      assert.deepEqual(await identitiesOf(one, ada.id), []);
    }
  },
);

onPostgres(
  "the old token of a former guest cannot upgrade the account again",
  async (database) => {
    await using instances = await twoInstances(database);
    const { one, other } = instances;
    const ways = {
      code: async (token: string, name: string) => {
        const { id, code } = await codeFor(one, `${name}@example.test`);
        return await verifyCode(other, id, code, { token });
      },
      google: (token: string, name: string) =>
        presentToken(other, one.google.issueIdToken({ email: `${name}@gmail.com` }), { token }),
    };
    for (const [name, way] of Object.entries(ways)) {
      const { tokens } = await guest(one);
      const owner = await codeFor(one, `owner-${name}@example.test`);
      const ada = await verifyCode(one, owner.id, owner.code, { token: tokens.accessToken });
      const thief = await way(tokens.accessToken, `thief-${name}`);
      assert.notEqual(thief.user?.id, ada.user.id, name);
      const row = await one.services.db.selectFrom("users").select("email").where("id", "=", ada.user.id)
        .executeTakeFirst();
      assert.equal(row?.email, `owner-${name}@example.test`);
    }
  },
);

onEachDatabase("a disabled account that claims an address does not keep its owner out", async (database) => {
  await using app = await startGoogleApp({ database });
  const spammer = await newHijacker(app);
  await setDisabled(app, await app.operatorToken("OPERATE"), spammer.id, true);
  const { id, code } = await codeFor(app, VICTIM);
  const owner = await verifyCode(app, id, code);
  assert.equal(owner.__typename, "SignedIn");
  assert.notEqual(owner.user.id, spammer.id);
});

onEachDatabase(
  "the former claimant of an address leaves no name or picture, and no known network",
  async (database) => {
    await using app = await startGoogleApp({ database, env: { LIMIT_MAILS_PER_RECIPIENT_DAY: "2" } });
    const there = from(app, "203.0.113.66");
    await register(app, { username: "mallory", email: VICTIM, password: PASSWORD });
    await mailedToken(app, VICTIM);
    const hijacker = (await signIn(there, "mallory")).tokens;
    await signInWithGoogle({ ...app, fetch: there.fetch }, MALLORY, { token: hijacker.accessToken });
    // Ended sessions must be forgotten too.
    await signOut(app, hijacker.accessToken);
    const { id, code } = await codeFor(app, VICTIM);
    const { user } = await verifyCode(app, id, code);
    const row = await app.services.db.selectFrom("users").selectAll().where("id", "=", user.id)
      .executeTakeFirst();
    assert.deepEqual([row?.name, row?.picture_url, row?.auth_id], [null, null, null]);
    app.clock.advance(61);
    assert.equal((await requestCode(app, VICTIM)).__typename, "EmailCodeSent");
    app.clock.advance(61);
    assert.equal((await requestCode(there, VICTIM)).code, "RATE_LIMITED", "the reserve is not for them");
  },
);

onEachDatabase(
  "R26: a reassigned address does not prove the identity",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const alice = { email: "alice@corp.test", hd: "corp.test" };
    const before = await signInWithGoogle(app, { ...alice, sub: "1001" });
    assert.equal((await signInWithGoogle(app, { ...alice, sub: "2002" })).code, "LINK_REQUIRES_PROOF");
    assert.equal((await signInWithGoogle(app, { ...alice, sub: "1001" })).user.id, before.user.id);
  },
);

onEachDatabase(
  "a Google sign-in to a disabled account changes nothing, and is recorded for operators",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const { sub } = app.google.account({ email: "ada@gmail.com" });
    const { user } = await signInWithGoogle(app, { sub, email: "ada@gmail.com", name: "Ada" });
    await setDisabled(app, await app.operatorToken("OPERATE"), user.id, true);
    const refused = await signInWithGoogle(app, { sub, email: "new@gmail.com", name: "New Name" });
    assert.equal(refused.code, "ACCOUNT_DISABLED");
    const row = await app.services.db.selectFrom("users").selectAll().where("id", "=", user.id)
      .executeTakeFirst();
    assert.deepEqual([row?.email, row?.name], ["ada@gmail.com", "Ada"]);
    const last = (await eventsAbout(app, user.id)).at(-1);
    assert.deepEqual([last?.type, last?.data["reason"]], ["google.rejected", "account_disabled"]);
  },
);

onPostgres(
  "a mailed link and a code for one address at the same time both succeed, for one user",
  async (database) => {
    await using app = await startGoogleApp({ database: wide(database, 10) });
    await register(app, { username: "ada", email: "ada@example.test", password: PASSWORD });
    const link = await mailedToken(app, "ada@example.test");
    const { id: userId } = await signedIn(app, "ada");
    const { id, code } = await codeFor(app, "ada@example.test");
    const [verified, byCode] = await meet(
      app.services.db,
      userId,
      () => verifyEmail(app, link),
      () => verifyCode(app, id, code),
    );
    assert.deepEqual([verified, byCode.__typename], ["Done", "SignedIn"]);
    assert.equal(byCode.user.id, userId);
  },
);
