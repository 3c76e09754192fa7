import assert from "node:assert/strict";
import { ALL_LIMITS } from "../../src/wiring/limits.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { from } from "../support/callers.ts";
import { mailedCode, requestCode, verifyCode, wrongCode } from "../support/codes.ts";
import { onEachDatabase } from "../support/databases.ts";
import { addTotp, challengeOf, proveFactor, totpAt } from "../support/factors.ts";
import { mutate, newName, PASSWORD, register, signedIn, signIn } from "../support/people.ts";
import { mailedToken, verifyEmail } from "../support/token_kinds.ts";

/** Limits whose counters belong to something else than an account or a name. */
const ELSEWHERE = /_PER_(ADDRESS|SESSION|OPERATOR|API_KEY)_/;

/** Limits whose counters have the user's id as their key. Another test would need every provider. */
const BY_USER = /_PER_USER_/;

const names = (isWanted: (variable: string) => boolean) =>
  ALL_LIMITS.filter(({ variable }) => isWanted(variable)).map(({ name }) => name).sort();

/** The names of the limits that have counted something. */
async function counted({ services: { db } }: TestApp): Promise<string[]> {
  const rows = await db.selectFrom("rate_limits").select("key").execute();
  return [...new Set(rows.map(({ key }) => key.split(":")[0] ?? ""))].sort();
}

onEachDatabase(
  "clearLimits clears every limit of an account, including those of devices and networks",
  async (database) => {
    const env = {
      LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES: "1",
      LIMIT_PASSWORDS_PER_KNOWN_ADDRESS_15_MINUTES: "1",
      LIMIT_MAILS_PER_RECIPIENT_DAY: "1",
      LIMIT_MAILS_PER_KNOWN_ADDRESS_DAY: "1",
      LIMIT_CODE_TRIES_PER_ACCOUNT_HOUR: "1",
      LIMIT_CODE_TRIES_PER_KNOWN_ADDRESS_HOUR: "1",
      LIMIT_FACTOR_TRIES_PER_ACCOUNT_HOUR: "1",
      LIMIT_FACTOR_TRIES_PER_KNOWN_ADDRESS_HOUR: "1",
      LIMIT_SIGN_INS_PER_ACCOUNT_HOUR: "10",
    };
    await using app = await startApp({ database, env });
    const near = from(app, "203.0.113.7");
    const username = newName();
    const email = `${username}@example.test`;
    await register(near, { username, email, password: PASSWORD });
    assert.equal(await verifyEmail(app, await mailedToken(app, email)), "Done");
    const { id, accessToken } = await signedIn(near, username);
    const { secret } = await addTotp({ ...app, ...near }, accessToken);
    await app.inbox.next(email);
    const wrong = totpAt(app, secret, 40);

    const challenge = await challengeOf(near, username);
    const tries = [
      () => signIn(near, username, "a wrong password"),
      () => proveFactor(near, challenge.id, { totp: wrong }),
    ];
    for (const attempt of tries) {
      const codes: (string | undefined)[] = [];
      for (let count = 0; count < 3; count++) codes.push((await attempt()).code);
      assert.equal(codes.at(-1), "RATE_LIMITED");
      assert.ok(codes.slice(0, 2).every((code) => code !== "RATE_LIMITED"), codes.join());
    }
    const first = await requestCode(near, email);
    const code = await mailedCode(app, email);
    app.clock.advance(61);
    assert.equal((await requestCode(near, email)).__typename, "EmailCodeSent");
    for (let count = 0; count < 2; count++) {
      assert.equal((await verifyCode(near, first.flow.id, wrongCode(code))).code, "CODE_REJECTED");
    }

    const ofAccounts = names((variable) => !ELSEWHERE.test(variable) && !BY_USER.test(variable));
    const before = await counted(app);
    assert.deepEqual(ofAccounts.filter((name) => !before.includes(name)), [], "every limit has counted");
    const token = await app.operatorToken("OPERATE");
    const document = `mutation { clearLimits(identifier: "${id}") { __typename } }`;
    assert.equal((await mutate(app, document, { token })).__typename, "Done");
    const elsewhere = names((variable) => ELSEWHERE.test(variable));
    assert.deepEqual((await counted(app)).filter((name) => !elsewhere.includes(name)), []);
    const proven = await proveFactor(near, challenge.id, { totp: totpAt(app, secret) });
    assert.equal(proven.__typename, "SignedIn");
  },
);

onEachDatabase("clearLimits leaves the limits of other accounts", async (database) => {
  await using app = await startApp({ database, env: { LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES: "1" } });
  const people = [newName(), newName()] as const;
  for (const username of people) {
    await register(app, { username, password: PASSWORD });
    await signIn(app, username, "a wrong password");
  }
  const token = await app.operatorToken("OPERATE");
  await mutate(app, `mutation { clearLimits(identifier: "${people[0]}") { __typename } }`, { token });
  assert.equal((await signIn(app, people[0])).__typename, "SignedIn");
  assert.equal((await signIn(app, people[1])).code, "RATE_LIMITED");
});
