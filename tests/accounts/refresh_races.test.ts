import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { onPostgres } from "../support/databases.ts";
import { times } from "../support/eventually.ts";
import { newPerson, refresh, signedIn, viewerOf } from "../support/people.ts";
import { barrier, lockedRow, wide } from "../support/races.ts";
import { revoke } from "../support/sessions.ts";

const PARALLEL = 50;

/** Rounds of the race. The long run does all that R5 requires. */
const ROUNDS = Deno.env.get("SALLYPORT_TEST_LONG") ? 200 : 20;

onPostgres(
  `R5: ${PARALLEL} parallel refreshes, ${ROUNDS} rounds: one successor, and no session ends`,
  async (database) => {
    await using app = await startApp({ database: wide(database, PARALLEL) });
    const person = await newPerson(app);
    let { refreshToken } = person;
    const seen = new Set([refreshToken]);
    for (let round = 0; round < ROUNDS; round++) {
      const { opened } = await barrier(app.services.db, lockedRow("sessions", person.sessionId), PARALLEL);
      const racing = times(PARALLEL, () => refresh(app, refreshToken));
      await opened;
      const answers = await racing;
      const refused = answers.filter(({ __typename }) => __typename !== "SignedIn");
      assert.deepEqual(refused, [], `round ${round}`);
      const successors = new Set(answers.map(({ tokens }) => tokens.refreshToken));
      assert.equal(successors.size, 1, `round ${round}`);
      const accessTokens = new Set(answers.map(({ tokens }) => tokens.accessToken));
      assert.equal(accessTokens.size, PARALLEL, "each has an access token of its own");
      [refreshToken] = [...successors] as [string];
      assert.ok(!seen.has(refreshToken), "it is a new one");
      seen.add(refreshToken);
      assert.equal(await viewerOf(app, [...accessTokens][round % PARALLEL]!), person.username);
    }
    const counts = await countsOf(app, person.sessionId);
    assert.deepEqual(counts, {
      "session.issued": 1,
      "session.refreshed": ROUNDS,
      "session.refresh_repeated": ROUNDS * (PARALLEL - 1),
    });
  },
);

onPostgres("R5: also on two instances, with many families at once", async (database) => {
  await using one = await startApp({ database });
  await using other = await startApp({
    database,
    modal: one.modal,
    inbox: one.inbox,
    keys: one.services.keys,
  });
  const { username } = await newPerson(one);
  const families = await times(6, () => signedIn(one, username));
  for (let round = 0; round < 5; round++) {
    await Promise.all(families.map(async (family) => {
      const answers = await times(10, (index) => refresh(index % 2 ? one : other, family.refreshToken));
      const successors = new Set(answers.map(({ tokens }) => tokens?.refreshToken));
      assert.equal(successors.size, 1);
      family.refreshToken = [...successors][0]!;
      assert.ok(family.refreshToken, JSON.stringify(answers));
    }));
  }
  for (const { sessionId } of families) {
    assert.deepEqual(await countsOf(one, sessionId), {
      "session.issued": 1,
      "session.refreshed": 5,
      "session.refresh_repeated": 45,
    });
  }
});

onPostgres("R4: of many parallel reuses, one end and one detection are recorded", async (database) => {
  await using app = await startApp({ database: wide(database, PARALLEL) });
  const person = await newPerson(app);
  await refresh(app, person.refreshToken);
  app.clock.advance(11);
  const { opened } = await barrier(app.services.db, lockedRow("sessions", person.sessionId), 20);
  const racing = times(20, () => refresh(app, person.refreshToken));
  await opened;
  const codes = (await racing).map(({ code }) => code);
  assert.ok(codes.includes("REFRESH_TOKEN_REUSED"));
  assert.deepEqual(codes.filter((code) => code !== "REFRESH_TOKEN_REUSED" && code !== "SESSION_ENDED"), []);
  assert.deepEqual(await countsOf(app, person.sessionId), {
    "session.issued": 1,
    "session.refreshed": 1,
    "session.revoked": 1,
    "session.reuse_detected": 1,
  });
});

onPostgres(
  "a refresh and a revocation at once: the session ends, and so do all new tokens",
  async (database) => {
    await using app = await startApp({ database: wide(database, PARALLEL) });
    const owner = await newPerson(app);
    for (let round = 0; round < 5; round++) {
      const session = await signedIn(app, owner.username);
      const { opened } = await barrier(app.services.db, lockedRow("sessions", session.sessionId), 11);
      const refreshing = times(10, () => refresh(app, session.refreshToken));
      const revoking = revoke(app, owner.accessToken, session.sessionId);
      await opened;
      assert.equal((await revoking).__typename, "Done");
      const answers = await refreshing;
      const tokens = answers.flatMap((answer) => answer.__typename === "SignedIn" ? [answer.tokens] : []);
      const codes = answers.flatMap(({ code }) => code ? [code] : []);
      assert.deepEqual(codes.filter((code) => code !== "SESSION_ENDED"), []);
      await app.services.eventLog.settled();
      for (const { accessToken, refreshToken } of tokens) {
        assert.equal(await viewerOf(app, accessToken), null);
        assert.equal((await refresh(app, refreshToken)).code, "SESSION_ENDED");
      }
      const { ["session.reuse_detected"]: detected } = await countsOf(app, session.sessionId);
      assert.equal(detected, undefined);
    }
  },
);

/** Counts the session's events by type. */
async function countsOf(app: TestApp, sessionId: string): Promise<Record<string, number>> {
  await app.services.eventLog.settled();
  const rows = await app.services.db.selectFrom("events").select([
    "type",
    (eb) => eb.fn.countAll().as("count"),
  ])
    .where("session_id", "=", sessionId).groupBy("type").execute();
  return Object.fromEntries(rows.map(({ type, count }) => [type, Number(count)]));
}
