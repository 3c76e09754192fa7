import assert from "node:assert/strict";
import { type RawBuilder, sql } from "kysely";
import { newPerson, signIn } from "../support/people.ts";
import { startApp } from "../support/app.ts";
import { counted } from "../support/callers.ts";
import { onPostgres } from "../support/databases.ts";
import { times } from "../support/eventually.ts";
import { barrier, lockedRow, wide } from "../support/races.ts";
import { eventsOf } from "../support/sessions.ts";
import { newProvenPerson, stateOf, transition, transitionUser } from "../support/states.ts";

const PARALLEL = 50;

/** Rounds of the race; more in the long run. */
const ROUNDS = Deno.env.get("SALLYPORT_TEST_LONG") ? 200 : 10;

onPostgres(`${PARALLEL} parallel transitions, ${ROUNDS} rounds: one wins`, async (database) => {
  await using app = await startApp({ database: wide(database, PARALLEL) });
  const ada = await newProvenPerson(app);
  for (let round = 0; round < ROUNDS; round++) {
    const to = round % 2 ? "AUTH" : "PAYMENT";
    const { opened } = await barrier(app.services.db, lockedRow("users", ada.id), PARALLEL);
    const racing = times(PARALLEL, () => transition(app, ada.accessToken, to));
    await opened;
    const answers = await racing;
    assert.deepEqual(counted(answers), { StateChanged: 1, TRANSITION_NOT_ALLOWED: PARALLEL - 1 });
    const refused = answers.filter(({ code }) => code);
    assert.ok(refused.every(({ message }) => message.includes(`from ${to} `)), "they are told how it is now");
  }
  const steps = (await eventsOf(app, ada.id)).filter(({ type }) => type === "state.changed").slice(1);
  assert.deepEqual(
    steps.map(({ data }) => `${data["from"]} ${data["to"]}`),
    steps.map((_, round) => round % 2 ? "PAYMENT AUTH" : "AUTH PAYMENT"),
  );
  assert.equal(steps.length, ROUNDS);
});

onPostgres("of two parallel transitions from one state on two instances, one succeeds", async (database) => {
  await using one = await startApp({ database });
  await using other = await startApp({
    database,
    modal: one.modal,
    inbox: one.inbox,
    keys: one.services.keys,
  });
  const ada = await newProvenPerson(one);
  const operator = await one.operatorToken("OPERATE");
  for (let round = 0; round < 5; round++) {
    const { opened } = await barrier(one.services.db, lockedRow("users", ada.id), 2);
    const racing = Promise.all([
      transition(one, ada.accessToken, "PAYMENT"),
      transitionUser(other, operator, ada.id, "VISITOR"),
    ]);
    await opened;
    assert.deepEqual(counted(await racing), { StateChanged: 1, TRANSITION_NOT_ALLOWED: 1 });
    await transition(one, ada.accessToken, "AUTH");
  }
});

onPostgres("requirements are checked at the moment of the change, not before it", async (database) => {
  await using app = await startApp({ database });
  const { db } = app.services;
  const ada = await newProvenPerson(app);
  const update = (set: RawBuilder<unknown>) =>
    sql`update users set ${set}, version = version + 1 where id = ${ada.id}`;
  const meanwhile = async (statement: RawBuilder<unknown>) => {
    await update(sql`email_verified_at = now(), disabled_at = null`).execute(db);
    const { opened } = await barrier(db, statement, 1);
    const asking = transition(app, ada.accessToken, "PAYMENT");
    await opened;
    return await asking;
  };
  const unproven = await meanwhile(update(sql`email_verified_at = null`));
  assert.deepEqual(unproven.missing.map(({ name }) => name), ["verified_email"]);
  const disabled = await meanwhile(update(sql`disabled_at = now()`));
  assert.match(disabled.message, /the account is disabled$/);
  const gone = await meanwhile(sql`delete from users where id = ${ada.id}`);
  assert.equal(gone.code, "UNAUTHENTICATED");
});

onPostgres("parallel sign-ins and transitions back to VISITOR are recorded correctly", async (database) => {
  await using app = await startApp({ database: wide(database, 20) });
  const ada = await newPerson(app);
  for (let round = 0; round < 5; round++) {
    await signIn(app, ada.username);
    const { opened } = await barrier(app.services.db, lockedRow("users", ada.id), 6);
    const racing = Promise.all([
      transition(app, ada.accessToken, "VISITOR"),
      ...Array.from({ length: 5 }, () => signIn(app, ada.username)),
    ]);
    await opened;
    await racing;
  }
  const steps = (await eventsOf(app, ada.id)).filter(({ type }) => type === "state.changed");
  let state = "VISITOR";
  for (const { data } of steps) {
    assert.equal(data["from"], state, "no step is lost or told twice");
    state = String(data["to"]);
  }
  assert.equal(await stateOf(app, ada.accessToken), state);
});
