import { cheapHash } from "../support/cheap_hash.ts";
import assert from "node:assert/strict";
import { createHashQueue, type HashCaller } from "../../src/sign_in/password/hash_queue.ts";
import { startApp } from "../support/app.ts";
import { counted, from } from "../support/callers.ts";
import { onPglite } from "../support/databases.ts";
import { eventually, pause, times } from "../support/eventually.ts";
import { newPerson, signIn } from "../support/people.ts";

const OVERLOADED = "OVERLOADED";
const ENDLESS = { LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES: "1000" };

/** A hash whose checks wait while held. `finish` completes the oldest, `letAll` completes all and ends the hold. */
function steppedHash() {
  const passwordHash = cheapHash();
  const { verify } = passwordHash;
  const inFlight: (() => void)[] = [];
  let isHeld = false;
  passwordHash.verify = async (hash, password) => {
    if (isHeld) await new Promise<void>((finish) => inFlight.push(finish));
    return await verify(hash, password);
  };
  const finish = () => inFlight.shift()?.();
  const letAll = () => {
    isHeld = false;
    while (inFlight.length > 0) finish();
  };
  return { passwordHash, inFlight, hold: () => void (isHeld = true), finish, letAll };
}

onPglite("R17: 40 parallel sign-ins from each of two addresses overload no third", async (database) => {
  const { passwordHash, inFlight, hold, finish, letAll } = steppedHash();
  await using app = await startApp({ database, env: ENDLESS, passwordHash });
  const queue = app.services.passwords;
  const third = from(app, "203.0.113.9");
  const floods = [from(app, "203.0.113.7"), from(app, "203.0.113.8")];
  for (const [index, who] of [...floods, third].entries()) await newPerson(who, `person${index}`);
  hold();
  let [busy, isOver] = [80, false];
  const flooding = floods.map((flood, index) =>
    times(40, async () => {
      while (!isOver && (await signIn(flood, `person${index}`)).code !== OVERLOADED);
      busy--;
    })
  );
  const answers = [];
  for (let tries = 0; tries < 25; tries++) {
    await eventually("all who were let in wait", () => queue.waiting + inFlight.length === busy);
    const [waiting, isAnswered] = [queue.waiting, Promise.withResolvers<boolean>()];
    const answer = signIn(third, "person2").finally(() => isAnswered.resolve(true));
    await Promise.race([isAnswered.promise, eventually("the third waits", () => queue.waiting > waiting)]);
    while (!await Promise.race([isAnswered.promise, pause(0)])) finish();
    answers.push(await answer);
  }
  isOver = true;
  letAll();
  await Promise.all(flooding);
  assert.deepEqual(counted(answers), { SignedIn: 25 });
});

/** A queue with one running hash, which `finish` completes. `order` collects the accounts of completed requests. */
function heldQueue() {
  const order: string[] = [];
  const hold = Promise.withResolvers<string>();
  const hash = { hash: () => hold.promise, verify: () => Promise.resolve(true), isWeak: () => false };
  const queue = createHashQueue(hash, () => {}, 1);
  const first = queue.hash("first");
  const ask = (ipAddress: string, account: string): Promise<string> => {
    const from: HashCaller = { ipAddress, account };
    return queue.hash("x", from).then(() => (order.push(account), "done"), ({ code }) => code);
  };
  const finish = async () => {
    hold.resolve("done");
    await first;
  };
  return { queue, order, ask, finish };
}

Deno.test("R17: address blocks take turns, and each block keeps its order", async () => {
  const { ask, order, finish } = heldQueue();
  const asked = [
    ...["a1", "a2", "a3", "a4"].map((account) => ask("2001:db8:1:2::1", account)),
    ...["b1", "b2"].map((account) => ask("203.0.113.7", account)),
    ask("203.0.113.8", "c1"),
  ];
  await finish();
  await Promise.all(asked);
  assert.deepEqual(order, ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]);
});

Deno.test("R17: when the queue is full, the largest share gives up a place to a new caller", async () => {
  const { ask, queue, finish } = heldQueue();
  const floods = ["203.0.113.7", "203.0.113.8"].map((address) =>
    Array.from({ length: 32 }, (_, index) => ask(address, `${address} ${index % 2}`))
  );
  assert.equal(queue.waiting, 64);
  assert.equal(await ask("203.0.113.7", "203.0.113.7 0"), OVERLOADED, "the largest share gets no more");
  const newcomers = Array.from({ length: 20 }, (_, index) => ask("203.0.113.9", `ada${index}`));
  assert.equal(queue.waiting, 64);
  await finish();
  assert.deepEqual(await Promise.all(newcomers), new Array(20).fill("done"));
  const done = (await Promise.all(floods.map((flood) => Promise.all(flood))))
    .map((answers) => answers.filter((answer) => answer === "done").length);
  assert.deepEqual(done, [22, 22], "both lose as many");
});

Deno.test("R17: in a full block, the account with the largest share gives up a place to another account", async () => {
  const { ask, queue, finish } = heldQueue();
  const flood = ["x", "y"].flatMap((account) =>
    Array.from({ length: 20 }, () => ask("2001:db8:1:2::1", account))
  );
  assert.equal(queue.waiting, 32, "sixteen for each account");
  const neighbour = ask("2001:db8:1:2::2", "ada");
  assert.equal(queue.waiting, 32);
  await finish();
  assert.equal(await neighbour, "done");
  const answers = await Promise.all(flood);
  assert.equal(answers.filter((answer) => answer === OVERLOADED).length, 9);
});
