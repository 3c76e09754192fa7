import assert from "node:assert/strict";
import { subjectHash } from "../../src/accounts/refusals/subject_hash.ts";
import { type AuthEvent, readEvents } from "../../src/events/events.ts";
import { Forbidden } from "../../src/lib/errors.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { from } from "../support/callers.ts";
import { guest } from "../support/codes.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { heldBytes } from "../support/held_bytes.ts";
import { newPerson, register, signIn } from "../support/people.ts";
import { post } from "../support/wire.ts";

const TYPES = ["sign_in.refused", "request.refused"];

/** The refusals so far, written and in order. */
async function refusalsIn(app: TestApp): Promise<AuthEvent[]> {
  await app.services.refusals.close();
  await app.services.eventLog.settled();
  return await readEvents(app.services.db, { limit: 1_000 }, { types: TYPES });
}

onEachDatabase(
  "a sign-in over a limit is an event with the limit, its end, the network and the request id",
  async (database) => {
    await using app = await startApp({ database, env: { LIMIT_GUESTS_PER_ADDRESS_HOUR: "1" } });
    const near = from(app, "203.0.113.7");
    await guest(near);
    const { code } = await guest(near);
    assert.equal(code, "RATE_LIMITED");
    const [event, ...more] = await refusalsIn(app);
    assert.deepEqual(more, []);
    assert.equal(event?.type, "sign_in.refused");
    assert.equal(event?.ipAddress, "203.0.113.7");
    assert.match(event?.requestId ?? "", /^req_/);
    const { until, ...data } = event?.data ?? {};
    assert.deepEqual(data, {
      operation: "signInAsGuest",
      reason: "RATE_LIMITED",
      limit: "LIMIT_GUESTS_PER_ADDRESS_HOUR",
      block: "203.0.113.7",
    });
    assert.ok(new Date(String(until)) > app.clock.now());
  },
);

onEachDatabase(
  "a refusal belongs to the user with the typed name, or has the hash of an unknown name",
  async (database) => {
    await using app = await startApp({ database });
    const { id, username } = await newPerson(app);
    for (const name of [username.toUpperCase(), "Ghost"]) {
      const { code } = await register(app, { username: name, password: "short" });
      assert.equal(code ?? "WEAK_PASSWORD", "WEAK_PASSWORD");
    }
    const [known, unknown] = await refusalsIn(app);
    assert.deepEqual([known?.userId, known?.data["subject"]], [id, undefined]);
    assert.deepEqual(
      [unknown?.userId, unknown?.data["subject"]],
      [null, subjectHash(app.services.keys.current, "ghost")],
    );
    assert.doesNotMatch(JSON.stringify(unknown), /ghost/i);
  },
);

onPglite(
  "five refusals of one kind have an event each, and further ones share an event",
  async (database) => {
    await using app = await startApp({ database, env: { LIMIT_GUESTS_PER_ADDRESS_HOUR: "1" } });
    const near = from(app, "203.0.113.7");
    await guest(near);
    for (let count = 0; count < 40; count++) await guest(near);
    await guest(from(app, "203.0.113.8"));
    await guest(from(app, "203.0.113.8"));
    const events = await refusalsIn(app);
    const counts = events.map(({ data, ipAddress }) => `${ipAddress} ${data["count"] ?? ""}`.trim());
    assert.deepEqual(counts.toSorted(), [
      ...new Array(5).fill("203.0.113.7"),
      "203.0.113.7 35",
      "203.0.113.8",
    ]);
    const { first, last } = events.find(({ data }) => data["count"])?.data ?? {};
    assert.ok(String(first) <= String(last));
  },
);

onPglite(
  "a flood against one name from many networks has fewer than 100 events a minute",
  async (database) => {
    await using app = await startApp({ database, env: { LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES: "1" } });
    const { username } = await newPerson(app);
    await signIn(app, username, "wrong password");
    const floods = Array.from({ length: 200 }, async (_, network) => {
      const near = from(app, `198.51.${Math.floor(network / 100)}.${network % 100}`);
      for (let count = 0; count < 7; count++) {
        assert.equal((await signIn(near, username, "wrong password")).code, "RATE_LIMITED");
      }
    });
    await Promise.all(floods);
    const events = await refusalsIn(app);
    assert.ok(events.length < 100, `${events.length} events`);
    const shared = events.filter(({ data }) => data["count"] && Number(data["count"]) > 2);
    assert.deepEqual(
      shared.map(({ ipAddress, requestId, data }) => [ipAddress, requestId, data["block"]]),
      [[null, null, undefined]],
      "an event of many networks names none",
    );
    const times = events.reduce((sum, { data }) => sum + Number(data["count"] ?? 1), 0);
    assert.equal(times, 1_400, "none is lost");
  },
);

onPglite(
  "a forbidden mutation is an event, and a wrong password is not recorded twice",
  async (database) => {
    await using app = await startApp({ database });
    const { accessToken, id, username } = await newPerson(app);
    await post(app, "mutation { rotateSigningKey { __typename } }", { token: accessToken });
    await signIn(app, username, "wrong password");
    const events = await refusalsIn(app);
    assert.deepEqual(
      events.map(({ type, userId, data }) => [type, userId, data["operation"], data["reason"]]),
      [
        ["request.refused", id, "rotateSigningKey", "FORBIDDEN"],
      ],
    );
  },
);

onPglite("refusals of too many kinds are counted without a subject", async (database) => {
  await using app = await startApp({ database });
  const { id } = await newPerson(app);
  const { refusals } = app.services;
  const flood = Array.from({ length: 2_001 }, (_, n) => `ghost${n}`);
  for (const [n, identifier] of [...flood, "ghost2001"].entries()) {
    const error = new Forbidden("anything");
    error.note = { userId: id, detail: "cookie_refused" };
    const caller = { kind: "nobody", ipAddress: `10.0.${n >> 8}.${n % 256}`, userAgent: null } as const;
    refusals.note({ operation: "register", signsIn: false, error, caller, identifier });
  }
  await refusalsIn(app);
  const newest = await readEvents(app.services.db, { limit: 1_100, newestFirst: true }, { types: TYPES });
  const counted = newest.filter(({ data }) => data["count"] === 2);
  assert.deepEqual(counted.map(({ userId, ipAddress }) => [userId, ipAddress]), [[null, null]]);
  assert.deepEqual(Object.keys(counted[0]?.data ?? {}).toSorted(), [
    "count",
    "first",
    "last",
    "operation",
    "reason",
  ]);
});

onPglite("a long name that is refused does not stay in memory", async (database) => {
  await using app = await startApp({ database });
  const { refusals } = app.services;
  const before = heldBytes();
  for (let n = 0; n < 500; n++) {
    const caller = { kind: "nobody", ipAddress: `10.0.${n >> 8}.${n % 256}`, userAgent: null } as const;
    const identifier = JSON.parse(`"${n}${"x".repeat(100_000)}"`) as string;
    refusals.note({ operation: "register", signsIn: false, error: new Forbidden("it"), caller, identifier });
  }
  const grown = heldBytes() - before;
  assert.ok(grown < 10_000_000, `${grown} bytes for 500 refusals`);
});
