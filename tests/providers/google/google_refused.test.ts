import assert from "node:assert/strict";
import { dropped, serverError } from "../../../src/emulators/google/switches.ts";
import type { IdTokenOptions } from "../../../src/emulators/google/id_token.ts";
import { from, metric } from "../../support/callers.ts";
import { onEachDatabase, onPglite } from "../../support/databases.ts";
import { eventually } from "../../support/eventually.ts";
import { startGoogleApp } from "../../support/google.ts";
import { presentToken } from "../../support/google_sign_in.ts";
import { newPerson } from "../../support/people.ts";
import { post } from "../../support/wire.ts";

const ADA = { email: "ada@gmail.com" };

const EVENTS = `query ($types: [String!]) { events(types: $types, last: 50) { nodes { type data } } }`;

type App = Awaited<ReturnType<typeof startGoogleApp>>;

async function recorded(app: App, type: string): Promise<Record<string, unknown>[]> {
  await app.services.eventLog.settled();
  const { data } = await post(app, EVENTS, {
    token: await app.operatorToken("READ"),
    variables: { types: [type] },
  });
  return (data?.["events"] as { nodes: { data: Record<string, unknown> }[] }).nodes.map(({ data }) => data);
}

/** Invalid tokens, with the reason recorded for operators. */
const WRONG: [reason: string, options: IdTokenOptions][] = [
  ["audience", { audience: "another.apps.googleusercontent.com" }],
  ["issuer", { issuer: "https://accounts.google.com.evil.test" }],
  ["timing", { times: { iat: -7200, exp: -301 } }],
  ["timing", { times: { iat: 301 } }],
  ["timing", { times: { nbf: 301 } }],
  ["nonce", { nonce: "made-up" }],
  ["algorithm", { alg: "none" }],
  ["algorithm", { alg: "HS256" }],
  ["algorithm", { alg: "ES256" }],
  ["key", { kid: "unknown" }],
  ["key", { kid: null }],
  ["claims", { claims: { sub: undefined } }],
  ["claims", { claims: { exp: undefined } }],
];

onEachDatabase(
  "R26: all invalid tokens get the same response, and operators see the reason",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const answers = new Set<string>();
    for (const [, options] of WRONG) {
      answers.add(JSON.stringify(await presentToken(app, app.google.issueIdToken(ADA, options))));
    }
    for (const text of ["", "x", "a.b.c", "é".repeat(40), "x".repeat(20_000)]) {
      answers.add(JSON.stringify(await presentToken(app, text)));
    }
    assert.equal(answers.size, 1, [...answers].join("\n"));
    assert.match([...answers].join(), /GOOGLE_TOKEN_REJECTED/);
    const reasons = (await recorded(app, "google.rejected")).map(({ reason }) => reason);
    assert.deepEqual(reasons, [...WRONG.map(([reason]) => reason), ...Array(5).fill("malformed")]);
    assert.equal(await metric(app, "token_validation_failures_total"), WRONG.length + 5);
    const users = await post(app, "{ users(first: 1) { nodes { id } } }", {
      token: await app.operatorToken("READ"),
    });
    assert.deepEqual(users.data, { users: { nodes: [] } });
  },
);

onEachDatabase("R12: a token with non-canonical parts is rejected", async (database) => {
  await using app = await startGoogleApp({ database });
  const token = app.google.issueIdToken(ADA);
  const last = token.at(-1) ?? "";
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  // 256 bytes leave four bits of the last character unused, so both characters decode to the same bytes.
  const twin = alphabet[alphabet.indexOf(last) ^ 1] ?? "";
  for (
    const other of [
      token.slice(0, -1) + twin,
      `${token}=`,
      `${token}.`,
      ` ${token}`,
      token.replace(".", "\n."),
    ]
  ) {
    assert.equal(
      (await presentToken(app, other)).code,
      "GOOGLE_TOKEN_REJECTED",
      JSON.stringify(other.slice(-5)),
    );
  }
  assert.equal((await presentToken(app, token)).__typename, "SignedIn");
});

onEachDatabase(
  "operators see the timing of an expired token, and the allowed clock skew is five minutes",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const late = (seconds: number) => app.google.issueIdToken(ADA, { times: { iat: -3600, exp: -seconds } });
    assert.equal((await presentToken(app, late(290))).__typename, "SignedIn");
    assert.equal((await presentToken(app, late(330))).code, "GOOGLE_TOKEN_REJECTED");
    assert.equal(await metric(app, "timing_failures_total"), 1);
    const [event] = await eventually("an event", async () => {
      const events = await recorded(app, "token.timing_failed");
      return events.length > 0 && events;
    });
    assert.deepEqual([event?.["kind"], event?.["claim"]], ["google", "exp"]);
    assert.ok(Math.abs(Number(event?.["secondsUntilExp"]) + 330) <= 2, JSON.stringify(event));
    assert.ok(Math.abs(Number(event?.["secondsSinceIat"]) - 3600) <= 2, JSON.stringify(event));
    const person = await newPerson(app);
    const own = await post(app, EVENTS, {
      token: person.accessToken,
      variables: { types: ["token.timing_failed"] },
    });
    assert.deepEqual(own.data, { events: { nodes: [] } }, "only operators see the event");
  },
);

onPglite(
  "while Google is unreachable, cached keys are used; without them sign-in fails for now",
  async (database) => {
    await using app = await startGoogleApp({ database });
    app.google.switches.faults = [serverError("certificates", 1)];
    const away = await presentToken(app, app.google.issueIdToken(ADA));
    assert.equal(away.code, "PROVIDER_UNAVAILABLE");
    app.google.switches.faults = [];
    app.clock.advance(120);
    assert.equal((await presentToken(app, app.google.issueIdToken(ADA))).__typename, "SignedIn");
    app.google.switches.faults = [dropped("certificates", 3)];
    app.clock.advance(6 * 3_600);
    assert.equal(
      (await presentToken(app, app.google.issueIdToken(ADA))).__typename,
      "SignedIn",
      "the keys are stale",
    );
  },
);

onEachDatabase(
  "R40: rejected tokens of an address are rate limited, and valid ones still pass",
  async (database) => {
    await using app = await startGoogleApp({ database, env: { LIMIT_GOOGLE_TOKENS_PER_ADDRESS_HOUR: "3" } });
    const here = from(app, "203.0.113.7");
    for (let n = 0; n < 3; n++) assert.equal((await presentToken(here, "x")).code, "GOOGLE_TOKEN_REJECTED");
    assert.equal((await presentToken(here, "x")).code, "RATE_LIMITED");
    assert.equal((await recorded(app, "google.rejected")).length, 3, "rate-limited tokens are not recorded");
    assert.equal((await presentToken(from(app, "203.0.113.8"), "x")).code, "GOOGLE_TOKEN_REJECTED");
    assert.equal((await presentToken(here, app.google.issueIdToken(ADA))).__typename, "SignedIn");
    app.clock.advance(3_601);
    assert.equal((await presentToken(here, "x")).code, "GOOGLE_TOKEN_REJECTED");
  },
);
