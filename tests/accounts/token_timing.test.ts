import assert from "node:assert/strict";
import { newKeyring, startApp, type TestApp } from "../support/app.ts";
import { crafted, seconds } from "../support/crafted_tokens.ts";
import { metric } from "../support/callers.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { newPerson, type Person, signedIn, viewerOf } from "../support/people.ts";
import { captureLogs } from "../support/secrets.ts";
import { everythingOf, post } from "../support/wire.ts";

type TimingEvent = {
  actor: string;
  userId: string;
  sessionId: string;
  ipAddress: string | null;
  data: Record<string, unknown>;
};

/** Waits for `count` timing events and returns them, oldest first. */
async function told(app: TestApp, count: number): Promise<TimingEvent[]> {
  const token = await app.operatorToken("READ");
  return await eventually(`${count} are told`, async () => {
    await app.services.eventLog.settled();
    const { data } = await post(
      app,
      `{ events(last: 50, types: ["token.timing_failed"]) { nodes { actor userId sessionId ipAddress data } } }`,
      { token },
    );
    const { nodes } = data?.["events"] as { nodes: TimingEvent[] };
    return nodes.length >= count && nodes;
  });
}

/** Times of invalid tokens, relative to now, and the claim that the event must name. */
const WRONG: Record<string, { claim: string; times: Record<string, number> }> = {
  "made in the future": { claim: "iat", times: { iat: 60, nbf: 60, exp: 900 } },
  "good from later on": { claim: "nbf", times: { iat: 0, nbf: 3_600, exp: 7_200 } },
  "over": { claim: "exp", times: { iat: -960, nbf: -960, exp: -60 } },
  "over by its age": { claim: "exp", times: { iat: -1_000, nbf: -1_000, exp: 100_000 } },
};

onEachDatabase(
  "a token rejected because of its time is reported to operators in seconds, and not to its bearer",
  async (database) => {
    await using app = await startApp({ database });
    await using logs = await captureLogs();
    const ada = await newPerson(app);
    const plain = await post(app, "{ sessions { id } }", { token: `${ada.accessToken}x` });
    for (const [what, { claim, times }] of Object.entries(WRONG)) {
      const session = await signedIn(app, ada.username);
      const at = seconds(app);
      const claims = Object.fromEntries(Object.entries(times).map(([name, offset]) => [name, at + offset]));
      const answer = await post(app, "{ sessions { id } }", { token: crafted(app, session, claims) });
      assert.deepEqual(everythingOf(answer), everythingOf(plain), `${what}: one plain answer`);
      const event = await eventually(
        what,
        async () => (await told(app, 1)).find(({ sessionId }) => sessionId === session.sessionId),
      );
      const { kind, claim: named, ...timing } = event.data as Record<string, number>;
      assert.deepEqual([event.actor, event.userId, event.ipAddress], ["system", ada.id, null]);
      assert.deepEqual([kind, named], ["access", claim], what);
      const exp = Math.min(times["exp"] ?? 0, (times["iat"] ?? 0) + 900);
      const expected = {
        secondsSinceIat: -(times["iat"] ?? 0),
        secondsSinceNbf: -(times["nbf"] ?? 0),
        secondsUntilExp: exp,
      };
      for (const [name, value] of Object.entries(expected)) {
        assert.ok(
          Math.abs((timing[name] ?? NaN) - value) <= 1,
          `${what}: ${name} is ${timing[name]}, not ${value}`,
        );
      }
    }
    assert.match(logs.text(), /Rejected a token because of its .{0,3}nbf/);
  },
);

onEachDatabase(
  "one session is recorded once an hour, and counted every time",
  async (database) => {
    const keys = newKeyring();
    await using app = await startApp({ database, keys });
    const ada = await newPerson(app);
    const other = await signedIn(app, ada.username);
    app.clock.advance(16 * 60);
    const again = async (person: Person, times: number) => {
      for (let time = 0; time < times; time++) assert.equal(await viewerOf(app, person.accessToken), null);
    };
    await again(ada, 30);
    await again(other, 3);
    assert.deepEqual((await told(app, 2)).map(({ sessionId }) => sessionId), [
      ada.sessionId,
      other.sessionId,
    ]);
    app.clock.advance(60 * 60 + 1);
    await again(ada, 2);
    assert.equal((await told(app, 3)).length, 3);
    assert.equal(await metric(app, "timing_failures_total"), 35);
    assert.equal(await metric(app, "token_validation_failures_total"), 35);
  },
);

onPglite("a token that is not ours is not a timing failure", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  app.clock.advance(16 * 60);
  const [header, payload] = ada.accessToken.split(".");
  for (const token of [`${header}.${payload}.${"A".repeat(86)}`, `${ada.accessToken}x`, "x"]) {
    assert.equal(await viewerOf(app, token), null);
  }
  assert.equal(
    await viewerOf(app, crafted(app, ada, { exp: seconds(app) - 60 }, { typ: "session+jwt" })),
    null,
  );
  assert.equal(await viewerOf(app, crafted(app, ada, { sub: "unknown", exp: seconds(app) - 60 })), null);
  assert.equal(await metric(app, "timing_failures_total"), 0);
  assert.equal(await metric(app, "token_validation_failures_total"), 5);
});

onEachDatabase("a rejection just before the shutdown is still recorded", async (database) => {
  const keys = newKeyring();
  let ada: Person;
  {
    await using app = await startApp({ database, keys });
    ada = await newPerson(app);
    app.clock.advance(16 * 60);
    await viewerOf(app, ada.accessToken);
  }
  await using app = await startApp({ database, keys });
  assert.equal((await told(app, 1))[0]?.sessionId, ada.sessionId);
});
