import assert from "node:assert/strict";
import { startMailEmulator } from "../../src/emulators/mail/mail_emulator.ts";
import { startModalEmulator } from "../../src/emulators/modal/modal_emulator.ts";
import { newKeyring, startApp, type TestApp } from "../support/app.ts";
import { onPostgres, type TestDatabase } from "../support/databases.ts";
import { eventually, times } from "../support/eventually.ts";
import { newPerson, refresh, signedIn, viewerOf } from "../support/people.ts";
import { kidOf, published, rotate } from "../support/published_keys.ts";

/** Instances on one database, with the same secret and the same stand-ins. */
async function several(database: TestDatabase, count: number) {
  await using made = new AsyncDisposableStack();
  const modal = made.use(await startModalEmulator());
  const inbox = made.use(await startMailEmulator());
  const keys = newKeyring();
  const apps = (await times(count, () => startApp({ database, keys, modal, inbox }))).map((app) =>
    made.use(app)
  );
  const kept = made.move();
  return { apps, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

onPostgres(
  "R13: however many instances start at once, a fresh database has one key of each algorithm",
  async (database) => {
    await using instances = await several(database, 5);
    for (const algorithm of ["EdDSA", "ES256"]) {
      const kids = await Promise.all(instances.apps.map((app) => published(app, algorithm)));
      assert.equal(new Set(kids.flat()).size, 1, kids.join(" | "));
      assert.ok(kids.every((each) => each.length === 1));
    }
    const ada = await newPerson(instances.apps[0]!);
    for (const app of instances.apps) assert.equal(await viewerOf(app, ada.accessToken), ada.username);
  },
);

onPostgres("R13: under load no token fails on any instance while keys rotate", async (database) => {
  await using instances = await several(database, 2);
  const [one, two] = instances.apps as [TestApp, TestApp];
  const operator = await one.operatorToken("OPERATE");
  const people = await times(4, () => newPerson(one));
  let stopped = false;
  let checks = 0;
  const kids = new Set<string>();
  const failures: string[] = [];
  const check = async (where: string, app: TestApp, token: string, username: string) => {
    checks++;
    kids.add(kidOf(token));
    if (await viewerOf(app, token) !== username) failures.push(`${where}, ${kidOf(token)}, check ${checks}`);
  };
  /** Refreshes on one instance, and shows the tokens to the other at once, and to both again later. */
  const work = async ({ username, refreshToken, accessToken }: typeof people[number], turn: number) => {
    let held = { refreshToken, accessToken };
    for (let round = turn; !stopped; round++) {
      const [here, there] = round % 2 ? [one, two] : [two, one];
      await check("held", here, held.accessToken, username);
      const answer = round % 7 === 0
        ? { tokens: await signedIn(here, username) }
        : await refresh(here, held.refreshToken);
      held = answer.tokens;
      await Promise.all([
        check("there", there, held.accessToken, username),
        check("here", here, held.accessToken, username),
      ]);
    }
  };
  const working = Promise.all(people.map(work));
  for (let turn = 0; turn < 5 && failures.length === 0; turn++) {
    await Promise.all([rotate(one, operator), rotate(two, operator)]);
    // Under fifteen minutes altogether each, so that what was held stays good; the clocks go together.
    for (const seconds of [100, 190, 11]) {
      await eventually("work goes on", ((goal) => () => checks >= goal)(checks + 20));
      for (const app of instances.apps) app.clock.advance(seconds);
    }
  }
  await eventually("work goes on under the last key", ((goal) => () => checks >= goal)(checks + 20));
  stopped = true;
  await working;
  assert.deepEqual(failures, []);
  assert.equal(kids.size, 6, "every key signed");
});
