import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { startApp, type TestApp } from "../support/app.ts";
import { from } from "../support/callers.ts";
import { guest, mailedCode, requestCode, verifyCode } from "../support/codes.ts";
import { onEachDatabase } from "../support/databases.ts";
import { PASSWORD, refresh, register, signIn } from "../support/people.ts";
import { signOut } from "../support/sessions.ts";
import { measured, roundTripsOf } from "../support/statements.ts";
import { transition } from "../support/states.ts";

/** The expected round trips of each operation. */
const COSTS = {
  "request a code": 6,
  "verify it, as a new user": 7,
  "verify one, as a known user": 7,
  "sign in as a guest": 2,
  "register a username": 2,
  "sign in for the first time": 4,
  "sign in with a password": 3,
  refresh: 1,
  "change the state": 3,
  "sign out": 1,
};

onEachDatabase("frequent operations need no more round trips than expected", async (database) => {
  await using app = await startApp({ database: measured(database) });
  // An instance whose log is half a second behind asks the database once more about a session. That happens under load.
  let costs: Record<string, number> = {};
  for (let round = 1; round <= 5 && !isDeepStrictEqual(costs, COSTS); round++) {
    costs = await costsOf(app, round);
  }
  assert.deepEqual(costs, COSTS);
});

async function costsOf(app: TestApp, round: number): Promise<Record<string, number>> {
  const near = from(app, `203.0.113.${round}`);
  const [address, username] = [`ada${round}@example.test`, `bob${round}`];
  const costs: Record<string, number> = {};
  const cost = async <T extends object>(what: string, work: () => Promise<T>): Promise<T> => {
    const answers: T[] = [];
    costs[what] = await roundTripsOf(async () => answers.push(await work()));
    const [answer] = answers;
    assert.ok(answer && !("code" in answer && answer.code), what);
    return answer;
  };
  const { flow } = await cost("request a code", () => requestCode(near, address));
  const code = await mailedCode(app, address);
  await cost("verify it, as a new user", () => verifyCode(near, flow.id, code));
  const again = await requestCode(from(app, `203.0.113.${100 + round}`), address);
  const second = await mailedCode(app, address);
  await cost("verify one, as a known user", () => verifyCode(near, again.flow.id, second));
  await cost("sign in as a guest", () => guest(near));
  await cost("register a username", () => register(near, { username, password: PASSWORD }));
  await cost("sign in for the first time", () => signIn(near, username));
  const { tokens } = await cost("sign in with a password", () => signIn(near, username));
  const { tokens: { accessToken } } = await cost("refresh", () => refresh(near, tokens.refreshToken));
  await cost("change the state", () => transition(near, accessToken, "VISITOR"));
  await cost("sign out", () => signOut(near, accessToken));
  return costs;
}
