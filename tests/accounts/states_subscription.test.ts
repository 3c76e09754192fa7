import assert from "node:assert/strict";
import { sql } from "kysely";
import { logEvent, SYSTEM } from "../../src/events/events.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { mailedToken, nextMail, setDisabled, verifyEmail } from "../support/callers.ts";
import { guest } from "../support/codes.ts";
import { onEachDatabase, onPglite, onPostgres, type TestDatabase } from "../support/databases.ts";
import { eventually, times, within } from "../support/eventually.ts";
import { startGoogleApp } from "../support/google.ts";
import { signInWithGoogle } from "../support/google_sign_in.ts";
import { listenersAreBackAt, subscribe } from "../support/live.ts";
import { mutate, newPerson, PASSWORD, refresh, register, signedIn } from "../support/people.ts";
import { done, eventsOf, signOut } from "../support/sessions.ts";
import { newProvenPerson, transition, transitionUser } from "../support/states.ts";

const AUTH_STATE = `subscription { authState { currentState allowedTransitions stateMetadata
  user { id email emailVerified methods } session { id current transport } } }`;

type Shown = {
  currentState: string;
  allowedTransitions: string[];
  stateMetadata: Record<string, Record<string, unknown>>;
  user: { id: string; email: string | null; emailVerified: boolean; methods: string[] } | null;
  session: { id: string; current: boolean; transport: string } | null;
};

/** Subscribes with this token; `next` returns the next state. */
async function watch(app: TestApp, token?: string) {
  const live = await subscribe(app.fetch, AUTH_STATE, { token });
  return { ...live, next: async () => (await live.value())["authState"] as Shown };
}

const another = (app: TestApp, database: TestDatabase) =>
  startApp({ database, modal: app.modal, inbox: app.inbox, keys: app.services.keys });

onPostgres(
  "a subscription on another instance shows every transition of a Google user, and ends when the user is disabled",
  async (database) => {
    await using one = await startGoogleApp({ database });
    await using other = await another(one, database);
    const base = other.services.eventLog.listeners;
    const operator = await one.operatorToken("OPERATE");
    const { user, session, tokens } = await signInWithGoogle(one, { email: "ada@gmail.com" });
    const ada = { ...tokens, id: user.id, sessionId: session.id };
    const live = await watch(other, ada.accessToken);
    const first = await live.next();
    assert.equal(first.currentState, "AUTH");
    assert.deepEqual(first.allowedTransitions, ["VISITOR", "PAYMENT"]);
    assert.equal(first.user?.id, ada.id);
    assert.deepEqual(first.session, { id: ada.sessionId, current: true, transport: "TOKENS" });

    await transition(one, ada.accessToken, "PAYMENT");
    const second = await within("it tells the change", live.next());
    assert.equal(second.currentState, "PAYMENT");
    assert.equal(second.stateMetadata["transition"]?.["from"], "AUTH");
    await transitionUser(one, operator, ada.id, "AUTH");
    assert.equal((await within("and the operator's", live.next())).currentState, "AUTH");

    await setDisabled(one, operator, ada.id, true);
    // The change of the user may arrive before the end of the session; nothing else may arrive between them.
    const { reason, values } = await within("it ends", live.cutShort());
    assert.equal(reason, "SESSION_ENDED");
    assert.ok(values.every((value) => (value["authState"] as Shown).currentState === "AUTH"));
    const again = await subscribe(other.fetch, AUTH_STATE, { token: ada.accessToken });
    assert.deepEqual(await again.refusal(), ["UNAUTHENTICATED"]);
    await listenersAreBackAt(other, base);
  },
);

/** All operations that end a session. */
const ENDS: Record<string, (app: TestApp, own: { accessToken: string; id: string }) => Promise<unknown>> = {
  signOut: (app, { accessToken }) => signOut(app, accessToken),
  setUserDisabled: async (app, { id }) => setDisabled(app, await app.operatorToken(), id, true),
  deleteUser: async (app, { id }) =>
    done(app, "deleteUser(userId: $id)", { token: await app.operatorToken(), variables: { id } }),
  revokeUserSessions: async (app, { id }) =>
    done(app, "revokeUserSessions(userId: $id)", { token: await app.operatorToken(), variables: { id } }),
};

onEachDatabase("R15, R43: the subscription ends when the session ends for any reason", async (database) => {
  await using app = await startApp({ database });
  const base = app.services.eventLog.listeners;
  for (const [name, end] of Object.entries(ENDS)) {
    const ada = await newPerson(app);
    const live = await watch(app, ada.accessToken);
    assert.equal((await live.next()).currentState, "AUTH");
    await end(app, ada);
    assert.equal((await within(name, live.cutShort())).reason, "SESSION_ENDED", name);
  }
  await listenersAreBackAt(app, base);
});

onEachDatabase(
  "a deleted user gets an anonymous state, and the subscription completes",
  async (database) => {
    await using app = await startApp({ database });
    const [ada, bob] = [await newPerson(app), await newPerson(app)];
    const live = await watch(app, ada.accessToken);
    await live.next();
    await sql`delete from users where id = any(${[ada.id, bob.id]})`.execute(app.services.db);
    assert.equal((await refresh(app, ada.refreshToken)).code, "SESSION_ENDED");
    await logEvent(app.services, "user.deleted", SYSTEM, { userId: ada.id }, { grantsLeft: 0 });
    assert.deepEqual(await within("it ends", live.ended()), []);
    const late = await watch(app, bob.accessToken);
    assert.equal((await late.next()).user, null);
    assert.deepEqual(await late.ended(), []);
  },
);

onEachDatabase("every change of the shown user data is delivered", async (database) => {
  await using app = await startApp({ database });
  const email = "ada@example.test";
  await register(app, { username: "ada", email, password: PASSWORD });
  const link = await mailedToken(app, email);
  const ada = await signedIn(app, "ada");
  const live = await watch(app, ada.accessToken);
  assert.deepEqual((await live.next()).user?.methods, ["PASSWORD"]);
  await verifyEmail(app, link);
  const verified = (await within("the address is proven", live.next())).user;
  assert.deepEqual([verified?.emailVerified, verified?.methods], [true, ["PASSWORD", "EMAIL_CODE"]]);
  const before = (await sessionLogin(app, ada.accessToken)).lastLogin;
  app.clock.advance(5);
  await signedIn(app, "ada");
  const login = (await within("a further sign-in", live.next())).stateMetadata["auth"]?.["lastLogin"];
  assert.notEqual(login, before);
  await live.leave();
});

async function sessionLogin(app: TestApp, token: string): Promise<Record<string, unknown>> {
  const live = await watch(app, token);
  const { stateMetadata } = await live.next();
  await live.leave();
  return stateMetadata["auth"] ?? {};
}

onEachDatabase("a user who loses the claim to an address is notified", async (database) => {
  await using app = await startApp({ database });
  const email = "ada@example.test";
  await register(app, { username: "first", email, password: PASSWORD });
  const first = await signedIn(app, "first");
  await register(app, { username: "second", email, password: PASSWORD });
  const live = await watch(app, first.accessToken);
  assert.equal((await live.next()).user?.email, email);
  for (let mails = 0; mails < 2; mails++) await nextMail(app, email);
  await newProvenPerson(app, email);
  assert.equal((await within("the address goes", live.next())).user?.email, null);
  const dropped = (await eventsOf(app, first.id)).find(({ type }) => type === "email.claim_dropped");
  assert.deepEqual([dropped?.actor, dropped?.ipAddress, dropped?.data], ["system", null, {}], "not by whom");
  await live.leave();
});

onEachDatabase(
  "changes that are not shown, and changes of other users, are not delivered",
  async (database) => {
    await using app = await startApp({ database });
    const [ada, bob] = [await newProvenPerson(app), await newProvenPerson(app)];
    const live = await watch(app, ada.accessToken);
    await live.next();
    await refresh(app, ada.refreshToken);
    await transition(app, bob.accessToken, "PAYMENT");
    await app.services.eventLog.settled();
    await transition(app, ada.accessToken, "PAYMENT");
    assert.equal((await within("the next is the transition", live.next())).currentState, "PAYMENT");
    await live.leave();
  },
);

onEachDatabase("a slow client may miss intermediate states, never the last one", async (database) => {
  await using app = await startApp({ database });
  const ada = await newProvenPerson(app);
  const live = await watch(app, ada.accessToken);
  for (let round = 0; round < 30; round++) {
    await transition(app, ada.accessToken, round % 2 ? "AUTH" : "PAYMENT");
  }
  await transition(app, ada.accessToken, "VISITOR");
  const seen: string[] = [];
  await within(
    "the last comes",
    (async () => {
      while (seen.at(-1) !== "VISITOR") seen.push((await live.next()).currentState);
    })(),
  );
  assert.ok(seen.length <= 33);
  await live.leave();
});

onPostgres("a thousand changes of ten users: each subscriber ends with the last one", async (database) => {
  await using one = await startApp({ database });
  await using other = await another(one, database);
  const people = await times(10, () => newProvenPerson(one));
  const lives = await Promise.all(people.map(({ accessToken }) => watch(other, accessToken)));
  await Promise.all(people.map(async ({ accessToken }, index) => {
    for (let round = 0; round < 10 + index; round++) {
      await transition(round % 3 ? one : other, accessToken, round % 2 ? "AUTH" : "PAYMENT");
    }
  }));
  await Promise.all(lives.map(async (live, index) => {
    const { db } = one.services;
    const { rows: [row] } = await sql<{ metadata: { transition: { at: string } } }>`
      select state_metadata as metadata from users where id = ${people[index]?.id}`.execute(db);
    await eventually(
      "the last comes",
      async () => (await live.next()).stateMetadata["transition"]?.["at"] === row?.metadata.transition.at,
    );
    await live.leave();
  }));
});

onPglite("anonymous callers and operators get VISITOR, and the subscription completes", async (database) => {
  await using app = await startApp({ database });
  const base = app.services.eventLog.listeners;
  for (const token of [undefined, await app.operatorToken("REVEAL")]) {
    const live = await watch(app, token);
    const { currentState, allowedTransitions, user, session } = await live.next();
    assert.deepEqual([currentState, allowedTransitions, user, session], ["VISITOR", ["AUTH"], null, null]);
    assert.deepEqual(await live.ended(), []);
  }
  const { tokens } = await guest(app);
  const live = await watch(app, tokens.accessToken);
  assert.equal((await live.next()).currentState, "VISITOR");
  await mutate(app, "mutation { signOut { __typename } }", { token: tokens.accessToken });
  await within("a guest's ends with the session", live.cutShort());
  await listenersAreBackAt(app, base);
});
