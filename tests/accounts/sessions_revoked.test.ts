import assert from "node:assert/strict";
import { sql } from "kysely";
import { newKeyring, startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase, onPostgres, type TestDatabase } from "../support/databases.ts";
import { eventually, times, within } from "../support/eventually.ts";
import { subscribe } from "../support/live.ts";
import { mutate, newPerson, PASSWORD, refresh, signedIn, viewerOf } from "../support/people.ts";
import { done, isRefused, revoke, signOut } from "../support/sessions.ts";
import { measured, roundTripsOf } from "../support/statements.ts";
import { post } from "../support/wire.ts";

/** Starts another instance on the same database, with the same keys. */
const another = (app: TestApp, database: TestDatabase) =>
  startApp({ database, modal: app.modal, inbox: app.inbox, keys: app.services.keys });

/** All operations that end another session of the user. */
const ENDS: Record<
  string,
  (app: TestApp, own: string, other: { id: string; sessionId: string }) => Promise<unknown>
> = {
  revokeSession: (app, own, { sessionId }) => revoke(app, own, sessionId),
  revokeOtherSessions: (app, own) => done(app, "revokeOtherSessions", { token: own }),
  changePassword: (app, own) =>
    mutate(app, `mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { __typename } }`, {
      token: own,
      variables: { input: { currentPassword: PASSWORD, newPassword: PASSWORD } },
    }),
  revokeUserSessions: async (app, _own, { id }) =>
    done(app, "revokeUserSessions(userId: $id)", { token: await app.operatorToken(), variables: { id } }),
  setUserDisabled: async (app, _own, { id }) =>
    done(app, "setUserDisabled(userId: $id, disabled: true)", {
      token: await app.operatorToken(),
      variables: { id },
    }),
  deleteUser: async (app, _own, { id }) =>
    done(app, "deleteUser(userId: $id)", { token: await app.operatorToken(), variables: { id } }),
};

onPostgres(
  "R15: a session ended in any way on one instance is rejected by the other",
  async (database) => {
    await using one = await startApp({ database });
    await using other = await another(one, database);
    for (const [name, end] of Object.entries(ENDS)) {
      const own = await newPerson(one);
      const ended = await signedIn(other, own.username);
      assert.equal(await viewerOf(other, ended.accessToken), own.username);
      const token = ended.accessToken;
      const live = await subscribe(other.fetch, "subscription { events { type } }", { token });
      await eventually("it is open", () => other.services.subscriptions.size === 1);
      const answer = await end(one, own.accessToken, ended) as { __typename: string };
      assert.equal(answer.__typename, "Done", `${name}: ${JSON.stringify(answer)}`);
      assert.equal(await viewerOf(one, token), null, `${name}: here it is known at once`);
      await within(
        `${name} ends the subscription`,
        Promise.all([live.cutShort(), isRefused(other, token)]),
        1,
      );
      assert.equal((await refresh(other, ended.refreshToken)).code, "SESSION_ENDED", name);
      const { errors } = await post(other, "{ sessions { id } }", { token });
      assert.equal(errors[0]?.extensions?.code, "UNAUTHENTICATED", name);
    }
  },
);

onPostgres("a check needs no query while the log is up to date", async (database) => {
  await using one = await startApp({ database });
  await using other = await another(one, measured(database));
  const ada = await newPerson(one);
  const gone = await signedIn(one, ada.username);
  const check = async (token: string, expected: string | null) =>
    assert.equal(await viewerOf(other, token), expected);
  await check(ada.accessToken, ada.username);
  await signOut(one, gone.accessToken);
  await isRefused(other, gone.accessToken);

  assert.equal(await roundTripsOf(() => times(50, () => check(gone.accessToken, null))), 0);
  const asked = await roundTripsOf(() => check(ada.accessToken, ada.username));
  assert.equal(asked, 1, "the user whom the answer shows");
});

/** The id of the advisory lock of the sequencer. */
const SEQUENCER_LOCK = 0x73616c6c79;

/** Holds the sequencer's lock: no event gets a position, so the log of every instance lags. */
async function stalledSequencer(database: TestDatabase): Promise<AsyncDisposable> {
  const { db, close } = await database.open();
  const holder = await db.startTransaction().execute();
  await sql`select pg_advisory_xact_lock(${SEQUENCER_LOCK}::bigint)`.execute(holder);
  return {
    [Symbol.asyncDispose]: async () => {
      await holder.rollback().execute();
      await close();
    },
  };
}

onPostgres(
  "R15: while the log lags the database is asked, and ended sessions are rejected",
  async (database) => {
    await using one = await startApp({ database });
    await using other = await another(one, measured(database));
    const ada = await newPerson(one);
    const [gone, late] = [await signedIn(one, ada.username), await signedIn(one, ada.username)];
    const { revokedSessions, eventLog } = other.services;
    const asked = async (token: string) => {
      const viewers: (string | null)[] = [];
      const roundTrips = await roundTripsOf(async () => viewers.push(await viewerOf(other, token)));
      return { viewer: viewers[0], roundTrips };
    };
    {
      await using _stalled = await stalledSequencer(database);
      await signOut(one, gone.accessToken);
      await isRefused(other, gone.accessToken);
      // From now on the database is asked for every request, so ended sessions are rejected at once.
      await signOut(one, late.accessToken);
      assert.deepEqual(await asked(late.accessToken), { viewer: null, roundTrips: 1 });
      assert.deepEqual(await asked(ada.accessToken), { viewer: ada.username, roundTrips: 2 });
      assert.equal(revokedSessions.size, 0, "the log has told nothing");
    }
    await eventually("the tail has caught up", () => eventLog.lagSeconds === 0 && revokedSessions.size === 2);
    for (const { accessToken } of [gone, late]) {
      assert.deepEqual(await asked(accessToken), { viewer: null, roundTrips: 0 });
    }
    assert.deepEqual(await asked(ada.accessToken), { viewer: ada.username, roundTrips: 1 });
  },
);

onEachDatabase("an instance that starts later knows ended sessions before it serves", async (database) => {
  const keys = newKeyring();
  let ada, gone;
  {
    await using app = await startApp({ database, keys });
    ada = await newPerson(app);
    gone = await signedIn(app, ada.username);
    await signOut(app, gone.accessToken);
  }
  await using app = await startApp({ database: measured(database), keys });
  const asked = async () => assert.equal(await viewerOf(app, gone.accessToken), null);
  assert.equal(await roundTripsOf(asked), 0);
  assert.equal(await viewerOf(app, ada.accessToken), ada.username);
});

onPostgres(
  "an instance that starts while the log is stalled rejects ended sessions",
  async (database) => {
    await using one = await startApp({ database });
    const ada = await newPerson(one);
    const gone = await signedIn(one, ada.username);
    await using _stalled = await stalledSequencer(database);
    await signOut(one, gone.accessToken);
    await using other = await another(one, database);
    assert.equal(await viewerOf(other, gone.accessToken), null);
    assert.equal(await viewerOf(other, ada.accessToken), ada.username);
  },
);

onPostgres("while the log lags and the database is away, all sessions are rejected", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { db, eventLog } = app.services;
  const read = async () =>
    (await post(app, "{ protectedData { user } }", { token: ada.accessToken })).data?.["protectedData"];
  {
    await using _stalled = await stalledSequencer(database);
    await signedIn(app, ada.username);
    await eventually("the tail is behind", () => eventLog.lagSeconds > 0.5);
    assert.deepEqual(await read(), { user: ada.username });
    await sql`alter table sessions rename to hidden`.execute(db);
    assert.equal(await read(), undefined);
    await sql`alter table hidden rename to sessions`.execute(db);
  }
  assert.deepEqual(await read(), { user: ada.username });
});

onEachDatabase("a revocation that fails in its last statement changes nothing", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { db } = app.services;
  await sql`alter table unsequenced_events add constraint broken check (type <> 'session.revoked') not valid`
    .execute(db);
  const { errors } = await post(app, "mutation { signOut { __typename } }", { token: ada.accessToken });
  await sql`alter table unsequenced_events drop constraint broken`.execute(db);
  assert.equal(errors[0]?.extensions?.code, "INTERNAL_SERVER_ERROR");
  assert.equal(await viewerOf(app, ada.accessToken), ada.username);
  assert.equal((await refresh(app, ada.refreshToken)).__typename, "SignedIn");
});
