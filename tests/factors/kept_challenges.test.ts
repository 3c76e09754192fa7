import assert from "node:assert/strict";
import { recurringWork } from "../../src/wiring/recurring_work.ts";
import { startApp, type TestApp, testConfig } from "../support/app.ts";
import { from } from "../support/callers.ts";
import { onEachDatabase } from "../support/databases.ts";
import { addTotp, challengeOf, proveFactor, totpAt } from "../support/factors.ts";
import { newPerson } from "../support/people.ts";

async function countChallenges({ services: { db } }: TestApp): Promise<number> {
  const rows = await db.selectFrom("flows").select("id").where("kind", "=", "SECOND_FACTOR").execute();
  return rows.length;
}

onEachDatabase("challenges are deleted after a day, and do not end the owner's", async (database) => {
  await using app = await startApp({ database });
  const forget = recurringWork(app.services, testConfig({})).find(({ name }) => name === "accounts.forget");
  assert.ok(forget);
  const stop = new AbortController().signal;
  const { username, accessToken } = await newPerson(app);
  const { secret } = await addTotp(app, accessToken);
  const stranger = from(app, "198.51.100.66");
  const own = await challengeOf(app, username);
  for (let count = 0; count < 20; count++) await challengeOf(stranger, username);
  await forget.run(stop);
  const proven = await proveFactor(app, own.id, { totp: totpAt(app, secret) });
  assert.equal(
    proven.__typename,
    "SignedIn",
    "a stranger with the password cannot end the owner's challenge",
  );

  app.clock.advance(23 * 60 * 60);
  await forget.run(stop);
  assert.equal(await countChallenges(app), 21);
  app.clock.advance(2 * 60 * 60);
  await forget.run(stop);
  assert.equal(await countChallenges(app), 0);
});
