import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { eventually, times, within } from "../support/eventually.ts";
import { listenersAreBackAt, type Live, subscribe } from "../support/live.ts";
import { newPerson, type Person, refresh, signedIn } from "../support/people.ts";
import { done, revoke, signOut } from "../support/sessions.ts";
import { WsClient } from "../support/web_socket_client.ts";
import { listenWithWebSockets } from "../support/wire.ts";

const EVENTS = "subscription { events { type userId } }";

/** R43: maximum subscriptions per user. */
const MOST = 20;

/** Opens a subscription for this user. */
async function watch(app: TestApp, { accessToken }: { accessToken: string }): Promise<Live> {
  // Waits until earlier events have their positions, so that they are not delivered.
  await app.services.eventLog.settled();
  const before = app.services.subscriptions.size;
  const live = await subscribe(app.fetch, EVENTS, { token: accessToken });
  await eventually("it is open", () => app.services.subscriptions.size > before);
  return live;
}

/** The errors of a subscription that must be rejected. */
async function refusal(app: TestApp, { accessToken }: { accessToken: string }) {
  return await (await subscribe(app.fetch, EVENTS, { token: accessToken })).refusal();
}

onEachDatabase("users watch only their own events", async (database) => {
  await using app = await startApp({ database });
  const base = app.services.eventLog.listeners;
  const [ada, bob] = [await newPerson(app), await newPerson(app)];
  const live = await watch(app, ada);
  await signedIn(app, bob.username);
  await refresh(app, bob.refreshToken);
  await refresh(app, ada.refreshToken);
  assert.deepEqual(await live.value(), { events: { type: "session.refreshed", userId: ada.id } });
  assert.deepEqual(await refusal(app, { accessToken: "" }), ["UNAUTHENTICATED"]);
  assert.deepEqual(await refusal(app, { accessToken: `${ada.accessToken}x` }), ["UNAUTHENTICATED"]);
  await signOut(app, ada.accessToken);
  const { reason, values } = await within("it ends with the session", live.cutShort());
  assert.equal(reason, "SESSION_ENDED");
  assert.ok(values.every((value) => (value["events"] as { userId: string }).userId === ada.id));
  assert.deepEqual(await refusal(app, ada), ["UNAUTHENTICATED"]);
  await listenersAreBackAt(app, base);
});

onPostgres(
  "R43: a session ended on one instance ends its subscriptions on the other",
  async (database) => {
    await using one = await startApp({ database });
    await using other = await startApp({
      database,
      modal: one.modal,
      inbox: one.inbox,
      keys: one.services.keys,
    });
    await using server = await listenWithWebSockets(other);
    const base = other.services.eventLog.listeners;
    const owner = await newPerson(one);
    const gone = await signedIn(one, owner.username);
    // Waits until earlier events have their positions.
    await other.services.eventLog.settled();
    const kept = await watch(other, owner);
    const overSse = await times(3, () => watch(other, gone));
    await using ws = await WsClient.open(server.wsUrl, {
      params: { authorization: `Bearer ${gone.accessToken}` },
    });
    for (const id of ["1", "2"]) ws.subscribe(id, EVENTS);
    await eventually("all are open", () => other.services.subscriptions.size === 6);

    await revoke(one, owner.accessToken, gone.sessionId);
    const overWs = async () => {
      const ended = [];
      while (ended.length < 2) {
        const { type, id, payload } = await ws.next();
        if (type !== "error") continue;
        assert.match(JSON.stringify(payload), /"code":"UNAUTHENTICATED","reason":"SESSION_ENDED"/);
        ended.push(id);
      }
      return ended.sort();
    };
    const ended = Promise.all([overWs(), ...overSse.map((live) => live.cutShort())]);
    assert.deepEqual((await within("they end", ended))[0], ["1", "2"]);
    assert.equal(other.services.subscriptions.size, 1);
    assert.equal((await within("the connection closes", ws.closed)).code, 4403);
    assert.deepEqual(await kept.value(), { events: { type: "session.revoked", userId: owner.id } });
    await kept.leave();
    await listenersAreBackAt(other, base);
  },
);

onEachDatabase(
  "R43: a subscription ends when its access token expires, even if the session continues",
  async (database) => {
    await using app = await startApp({ database, env: { ACCESS_TOKEN_MINUTES: "1" } });
    const base = app.services.eventLog.listeners;
    const ada = await newPerson(app);
    app.clock.advance(54);
    const short = await watch(app, ada);
    const fresh = await refresh(app, ada.refreshToken);
    const long = await watch(app, fresh.tokens);
    const { reason } = await within("it ends with its token", short.cutShort(), 8);
    assert.equal(reason, "TOKEN_EXPIRED");
    assert.deepEqual(await refusal(app, ada), ["UNAUTHENTICATED"]);
    assert.equal(app.services.subscriptions.size, 1, "a fresh token's goes on");
    const again = await refresh(app, fresh.tokens.refreshToken);
    const { events } = await long.value() as { events: { type: string } };
    assert.match(events.type, /^session\.(refreshed|issued)$/);
    await signOut(app, again.tokens.accessToken);
    assert.equal((await within("and ends with the session", long.cutShort())).reason, "SESSION_ENDED");
    await listenersAreBackAt(app, base);
  },
);

onPglite("R43: a user may hold 20 subscriptions across all sessions", async (database) => {
  await using app = await startApp({ database });
  await using server = await listenWithWebSockets(app);
  const base = app.services.eventLog.listeners;
  const [ada, bob] = [await newPerson(app), await newPerson(app)];
  const phone = await signedIn(app, ada.username);
  const held: Live[] = [];
  for (let index = 0; index < MOST - 2; index++) held.push(await watch(app, index % 2 ? ada : phone));
  await using ws = await WsClient.open(server.wsUrl, {
    params: { authorization: `Bearer ${ada.accessToken}` },
  });
  for (const id of ["1", "2"]) ws.subscribe(id, EVENTS);
  await eventually("all are open", () => app.services.subscriptions.size === MOST);
  for (const session of [ada, phone]) assert.deepEqual(await refusal(app, session), ["RATE_LIMITED"]);
  ws.subscribe("3", EVENTS);
  assert.match(JSON.stringify(await ws.next()), /"id":"3".*RATE_LIMITED/);
  assert.equal((await ws.next()).type, "complete");
  assert.equal(app.services.subscriptions.size, MOST, "the refused hold no place");
  const others = await times(3, () => watch(app, bob));

  // A place becomes free when a client leaves, over either transport, and when a session ends.
  await held.pop()?.leave();
  ws.send({ type: "complete", id: "1" });
  await eventually("two are free", () => app.services.subscriptions.size === MOST + 3 - 2);
  for (let free = 0; free < 2; free++) held.push(await watch(app, ada));
  assert.deepEqual(await refusal(app, ada), ["RATE_LIMITED"]);
  await done(app, "revokeOtherSessions", { token: ada.accessToken });
  await eventually("the phone's are free", () => app.services.subscriptions.size < MOST);
  held.push(await watch(app, ada));

  await signOut(app, ada.accessToken);
  await eventually("only the other user's are left", () => app.services.subscriptions.size === 3);
  for (const live of others) await live.leave();
  await listenersAreBackAt(app, base);
});

onPglite("R43: of many opened at once 20 succeed, and operators may hold any number", async (database) => {
  await using app = await startApp({ database });
  const base = app.services.eventLog.listeners;
  const ada: Person = await newPerson(app);
  const asked = await times(30, () => subscribe(app.fetch, EVENTS, { token: ada.accessToken }));
  await eventually("20 are open", () => app.services.subscriptions.size === MOST);
  await refresh(app, ada.refreshToken);
  const outcomes = await Promise.all(
    asked.map((live) => live.value().then(() => "open", (error) => /RATE_LIMITED/.exec(String(error))?.[0])),
  );
  assert.equal(outcomes.filter((outcome) => outcome === "open").length, MOST);
  assert.equal(outcomes.filter((outcome) => outcome === "RATE_LIMITED").length, 10);
  const token = await app.operatorToken("READ");
  const operators = await times(25, () => subscribe(app.fetch, EVENTS, { token }));
  await eventually("all are open", () => app.services.subscriptions.size === MOST + 25);
  for (const live of [...operators, ...asked]) await live.leave();
  await listenersAreBackAt(app, base);
});
