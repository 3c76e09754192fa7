import assert from "node:assert/strict";
import { sql } from "kysely";
import { refusedForNow } from "../../src/emulators/mail/switches.ts";
import { type Measured, measuredChecks } from "../../src/operations/health/measured_checks.ts";
import { movableClock, startApp, type TestApp } from "../support/app.ts";
import { from, heldHash } from "../support/callers.ts";
import { cheapHash } from "../support/cheap_hash.ts";
import { requestCode } from "../support/codes.ts";
import { newCredential, verify } from "../support/credentials.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { eventually, times } from "../support/eventually.ts";
import { newPerson, register, signIn } from "../support/people.ts";
import { post } from "../support/wire.ts";

type Seen = { ok: boolean; message: string; series: string | null };

const ENDLESS = { LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES: "1000" };

/** A function that reads one check. */
async function checksOf(app: TestApp): Promise<(name: string) => Promise<Seen>> {
  const token = await app.operatorToken("READ");
  return async (name) => {
    const { data } = await post(app, "{ serverHealth { checks { name ok message series } } }", { token });
    const { checks } = data?.["serverHealth"] as { checks: (Seen & { name: string })[] };
    const found = checks.find((check) => check.name === name);
    assert.ok(found, name);
    return found;
  };
}

onPglite(
  "hash queue and overload fail when the queue is full and sign-ins are refused, and pass a minute later",
  async (database) => {
    const clock = movableClock();
    const { passwordHash, hold, release } = heldHash();
    await using app = await startApp({ database, clock, env: ENDLESS, passwordHash });
    const check = await checksOf(app);
    assert.deepEqual(await check("hash queue"), {
      name: "hash queue",
      ok: true,
      message: "0 of 64 places taken at most, 0 on average in the last minute",
      series: "hash queue",
    });
    hold();
    // Three networks: one may take half of the places.
    const answers = [1, 2, 3].flatMap((network) =>
      Array.from({ length: 40 }, (_, index) =>
        register(from(app, `203.0.${network}.1`), {
          username: `n${network}p${index}`,
          password: "correct horse battery",
        }))
    );
    await eventually("the queue is full", async () => /^64 of 64/.test((await check("hash queue")).message));
    const { ok, message } = await check("hash queue");
    assert.equal(ok, false);
    assert.match(message, /^64 of 64 places taken at most.*\. More passwords arrive than can be hashed/);
    await eventually("sign-ins are refused", async () => !(await check("overload")).ok);
    assert.match((await check("overload")).message, /^[1-9]\d of \d+ requests refused as OVERLOADED, /);
    release();
    await Promise.all(answers);
    clock.advance(61);
    assert.equal((await check("hash queue")).ok, true);
    assert.match((await check("overload")).message, /^0 of \d+ requests refused/);
  },
);

onEachDatabase("faults fails when operations end with server faults", async (database) => {
  await using app = await startApp({ database });
  const check = await checksOf(app);
  const { db } = app.services;
  await sql`alter table users rename to hidden`.execute(db);
  await times(4, () => signIn(app, "ada", "wrong").catch(() => {}));
  await sql`alter table hidden rename to users`.execute(db);
  const { ok, message } = await check("faults");
  assert.equal(ok, false);
  assert.match(message, /^4 of \d+ requests failed with a server fault, .*The server's log has the cause/);
});

onPglite("sign-ins fails when most sign-ins fail", async (database) => {
  await using app = await startApp({ database, env: ENDLESS });
  const check = await checksOf(app);
  await newPerson(app, "ada");
  await times(18, () => signIn(app, "ada", "wrong"));
  assert.equal((await check("sign-ins")).ok, true, "below the least number");
  await times(7, () => signIn(app, "ada", "wrong"));
  assert.match((await check("sign-ins")).message, /^25 of 26 sign-ins failed in the last minute\. Look/);
  assert.equal((await check("sign-ins")).ok, false);
});

onPglite("refusals fails when many requests are refused", async (database) => {
  await using app = await startApp({ database, env: ENDLESS });
  const check = await checksOf(app);
  await times(60, () => register(app, { username: "not a name", password: "x" }));
  const { ok, message } = await check("refusals");
  assert.equal(ok, false, message);
  assert.match(message, /^60 of 6\d requests refused, \d+\/s at most in the last minute\. Look/);
});

onPglite("latency fails when operations are slow", async (database) => {
  const clock = movableClock();
  const passwordHash = cheapHash();
  const { hash } = passwordHash;
  passwordHash.hash = (password) =>
    new Promise((resolve) => setTimeout(() => resolve(hash(password)), 1_200));
  await using app = await startApp({ database, clock, passwordHash });
  const check = await checksOf(app);
  assert.equal((await check("latency")).ok, true);
  clock.advance(61);
  await register(app, { username: "ada", password: "correct horse battery" });
  const { ok, message } = await check("latency");
  assert.equal(ok, false, message);
  assert.match(message, /^\d{3,} ms on average, \d{4} ms in the slowest second in the last minute\. Check/);
});

onPglite("mail queue fails while a mail is retrying, and passes when it was sent", async (database) => {
  await using app = await startApp({ database, mailPauseSeconds: 1 });
  const check = await checksOf(app);
  app.inbox.switches.faults = [refusedForNow(1)];
  await requestCode(app, "ada@example.test");
  await eventually("a mail is retrying", async () => !(await check("mail queue")).ok);
  await eventually("it was sent", async () => (await check("mail queue")).ok);
});

onPglite("credentials fails when a provider refuses the tokens of one", async (database) => {
  const clock = movableClock();
  await using app = await startApp({ database, clock });
  const check = await checksOf(app);
  const operator = await app.operator();
  const { id, tokenId } = await newCredential(app, operator);
  assert.equal((await check("credentials")).message, "0 of 1 need a new authorization");
  app.modal.revokeToken(tokenId);
  await verify(operator, id);
  clock.advance(61);
  await eventually("the check is repeated", async () => !(await check("credentials")).ok);
  assert.match((await check("credentials")).message, /^1 of 1 need a new authorization: its owner opens/);
});

const QUIET = { total: 0, average: 0, max: 0 };
const CALM: Measured = {
  requests: { total: 100, average: 10, max: 20 },
  signIns: QUIET,
  signInFailures: QUIET,
  refusals: QUIET,
  overloads: QUIET,
  failures: QUIET,
  credentialRefreshes: QUIET,
  credentialRefreshFailures: QUIET,
  latencyMs: QUIET,
  hashQueue: QUIET,
  hashPlaces: 64,
};

Deno.test("each measured check has its threshold", () => {
  const of = (total: number) => ({ total, average: total, max: total });
  const cases: [name: string, passes: Partial<Measured>, fails: Partial<Measured>][] = [
    ["hash queue", { hashQueue: of(48) }, { hashQueue: of(49) }],
    ["overload", { overloads: of(9) }, { overloads: of(10) }],
    ["refusals", { refusals: of(59) }, { refusals: of(60) }],
    ["faults", { failures: of(2) }, { failures: of(3) }],
    ["faults", { failures: of(3), requests: of(300) }, { failures: of(4), requests: of(300) }],
    ["sign-ins", { signIns: of(10), signInFailures: of(10) }, { signIns: of(10), signInFailures: of(11) }],
    ["credential refreshes", { credentialRefreshFailures: of(2) }, { credentialRefreshFailures: of(3) }],
    ["credential refreshes", { credentialRefreshFailures: of(3), credentialRefreshes: of(12) }, {
      credentialRefreshFailures: of(3),
      credentialRefreshes: of(11),
    }],
    ["latency", { latencyMs: of(500) }, { latencyMs: of(501) }],
  ];
  for (const [name, passes, fails] of cases) {
    const ok = (measured: Partial<Measured>) =>
      measuredChecks({ ...CALM, ...measured }).find((check) => check.name === name)?.ok;
    assert.deepEqual([ok(passes), ok(fails)], [true, false], name);
  }
});
