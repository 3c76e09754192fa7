import assert from "node:assert/strict";
import { type Kysely, sql } from "kysely";
import type { Tables } from "../../src/platform/db/tables.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { changePassword } from "../support/callers.ts";
import { codeFor, guest, verifyCode } from "../support/codes.ts";
import { onPostgres, type TestDatabase } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { startGoogleApp } from "../support/google.ts";
import { complete, returnOf, start } from "../support/google_flows.ts";
import { presentToken, signInWithGoogle } from "../support/google_sign_in.ts";
import {
  addTotp,
  confirmTotp,
  regenerateCodes,
  removeFactor,
  renameFactor,
  startStepUp,
  startTotp,
  totpAt,
} from "../support/factors.ts";
import {
  finishRegistration,
  newAuthenticator,
  ORIGIN,
  registerWithPasskey,
  startRegistration,
} from "../support/passkeys.ts";
import { mutate, newName, newPerson, PASSWORD, register, signIn } from "../support/people.ts";
import { lockedRow, wide } from "../support/races.ts";
import { signOut } from "../support/sessions.ts";

/** Two instances with the same Google emulator. `there` never learns that sessions have ended. */
async function twoInstances(database: TestDatabase) {
  const stack = new AsyncDisposableStack();
  const here = stack.use(await startGoogleApp({ database }));
  const { google, clock, inbox, modal } = here;
  const keys = here.services.keys;
  const there = stack.use(await startApp({ database, google, clock, inbox, modal, keys }));
  there.services.revokedSessions.has = () => false;
  return { here, there, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const findUser = (app: TestApp, id: string) =>
  app.services.db.selectFrom("users").selectAll().where("id", "=", id).executeTakeFirst();

onPostgres(
  "a guest who signed out cannot become a user, even on an instance that does not know of the sign-out",
  async (database) => {
    await using instances = await twoInstances(database);
    const { here, there } = instances;
    const known = await newPerson(here);
    await signInWithGoogle(here, { email: "known@gmail.com" });
    const ways: Record<string, (token: string) => Promise<{ user?: { id: string } | null }>> = {
      register: (token) => register(there, { username: newName(), password: PASSWORD }, { token }),
      code: async (token) => {
        const { id, code } = await codeFor(here, "code@example.test");
        return await verifyCode(there, id, code, { token });
      },
      "new Google account": (token) =>
        presentToken(there, here.google.issueIdToken({ email: "new@gmail.com" }), { token }),
      "known Google account": (token) =>
        presentToken(there, here.google.issueIdToken({ email: "known@gmail.com" }), { token }),
      password: (token) => signIn(there, known.username, PASSWORD, { token }),
    };
    for (const [name, way] of Object.entries(ways)) {
      const { user, tokens: { accessToken } } = await guest(here);
      assert.equal((await signOut(here, accessToken)).__typename, "Done");
      const answer = await way(accessToken);
      assert.ok(answer.user, `${name}: ${JSON.stringify(answer)}`);
      assert.notEqual(answer.user.id, user.id, name);
      const row = await findUser(here, user.id);
      assert.deepEqual(
        [row?.is_guest, row?.username, row?.email, row?.auth_id],
        [true, null, null, null],
        name,
      );
    }
  },
);

const IMPORT_MODAL = `mutation ($tokenId: String!, $tokenSecret: String!) {
  importModalCredential(tokenId: $tokenId, tokenSecret: $tokenSecret) { __typename ... on AuthError { code } } }`;

onPostgres(
  "a user who signed out cannot change sign-in methods or connect accounts there either",
  async (database) => {
    await using instances = await twoInstances(database);
    const { here, there } = instances;
    const { google } = here;
    const modalToken = here.modal.issueToken();
    const ada = await newPerson(here);
    const sent = { token: ada.accessToken };
    const started = await start(here, sent, { mode: "CLI", redirectUri: "http://127.0.0.1:9999/" });
    const { state, code } = Object.fromEntries((await returnOf(started)).searchParams);
    const { refreshToken } = await google.grant("ada@gmail.com", ["openid", "email"]);
    await signOut(here, ada.accessToken);
    const importGoogle = `mutation { importGoogleCredential(input: { refreshToken: "${refreshToken}" }) {
      __typename ... on AuthError { code } } }`;
    const tries: Record<string, () => Promise<{ code?: string }>> = {
      changePassword: () => changePassword(there, ada.accessToken, PASSWORD, "a horse of another colour"),
      linkGoogle: () => presentToken(there, google.issueIdToken({ email: "thief@gmail.com" }), sent),
      completeGoogleAuthorization: () => complete(there, sent, { state, code }),
      importGoogleCredential: () => mutate(there, importGoogle, sent),
      importModalCredential: () => mutate(there, IMPORT_MODAL, { ...sent, variables: { ...modalToken } }),
    };
    for (const [name, attempt] of Object.entries(tries)) {
      assert.equal((await attempt()).code, "UNAUTHENTICATED", name);
    }
    const { db } = here.services;
    assert.deepEqual(await db.selectFrom("identities").select("user_id").execute(), []);
    assert.deepEqual(await db.selectFrom("credentials").select("id").execute(), []);
    assert.equal((await signIn(there, ada.username)).__typename, "SignedIn", "the password is the old one");
  },
);

onPostgres("nor second factors and passkeys", async (database) => {
  await using instances = await twoInstances(database);
  const { here, there } = instances;
  const ada = await newPerson(here);
  const { factor: { id } } = await addTotp(here, ada.accessToken);
  const token = ada.accessToken;
  const enrolment = await startTotp(here, token);
  const code = totpAt(here, enrolment.secret);
  const { id: ceremonyId, options } = await startRegistration(here, { token });
  const response = newAuthenticator().create(options, ORIGIN);
  await signOut(here, token);
  const tries: Record<string, () => Promise<{ code?: string }>> = {
    startTotpEnrolment: () => startTotp(there, token),
    confirmTotp: () => confirmTotp(there, token, enrolment.id, code),
    startPasskeyRegistration: () => startRegistration(there, { token }),
    finishPasskeyRegistration: () => finishRegistration(there, token, { ceremonyId, response }),
    removeFactor: () => removeFactor(there, token, id),
    renameFactor: () => renameFactor(there, token, id, "mine"),
    regenerateRecoveryCodes: () => regenerateCodes(there, token),
    startStepUp: () => startStepUp(there, token),
  };
  const factors = () => here.services.db.selectFrom("factors").selectAll().orderBy("id").execute();
  const before = await factors();
  for (const [name, attempt] of Object.entries(tries)) {
    assert.equal((await attempt()).code, "UNAUTHENTICATED", name);
  }
  assert.deepEqual(await factors(), before);

  const { user, tokens } = await guest(here);
  const begun = await startRegistration(here, { token: tokens.accessToken });
  await signOut(here, tokens.accessToken);
  const created = newAuthenticator().create(begun.options, ORIGIN);
  const answer = await registerWithPasskey(there, { ceremonyId: begun.id, response: created }, {
    token: tokens.accessToken,
  });
  assert.equal(answer.code, "SECOND_FACTOR_REJECTED");
  assert.equal((await findUser(here, user.id))?.is_guest, true);
});

async function isWaiting(db: Kysely<Tables>, count: number): Promise<void> {
  await eventually(`${count} wait`, async () => {
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
    return (rows[0]?.count ?? 0) >= count;
  });
}

onPostgres("of a guest's registration and sign-out at once, the first one wins", async (database) => {
  await using app = await startApp({ database: wide(database, 10) });
  const { db } = app.services;
  const first = await guest(app);
  const registering = (token: string, username: string) =>
    register(app, { username, password: PASSWORD }, { token });
  const holder = await db.startTransaction().execute();
  await lockedRow("users", first.user.id).execute(holder);
  const late = registering(first.tokens.accessToken, newName());
  await isWaiting(db, 1);
  await signOut(app, first.tokens.accessToken);
  await holder.commit().execute();
  assert.notEqual((await late).user?.id, first.user.id);
  assert.equal((await findUser(app, first.user.id))?.is_guest, true);

  const second = await guest(app);
  const username = newName();
  const rival = await db.startTransaction().execute();
  // Another transaction holds the username, so the registration locks the session and waits.
  await sql`update users set username = ${username}, username_key = ${username} where id = ${first.user.id}`
    .execute(rival);
  const early = registering(second.tokens.accessToken, username);
  await isWaiting(db, 1);
  const signingOut = signOut(app, second.tokens.accessToken);
  await isWaiting(db, 2);
  await rival.rollback().execute();
  assert.equal((await early).user?.id, second.user.id);
  await signingOut;
  const live = await db.selectFrom("sessions").select("id").where("user_id", "=", second.user.id)
    .where("ended_at", "is", null).execute();
  assert.equal(live.length, 1, "the session that the registration gave");
});
