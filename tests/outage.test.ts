import assert from "node:assert/strict";
import { LEASE_SECONDS } from "../src/instances/instances.ts";
import { eventually, pause } from "./support/eventually.ts";
import { onOwnCluster } from "./support/own_cluster.ts";
import { type Course, type Outcome, startTwoInstances, underLoad } from "./support/two_instances.ts";

const LOAD = { crew: { families: 6, signIns: 1, guests: 2 }, flows: 6 };

/** Right answers before and after what happens. */
const ENOUGH = 200;

onOwnCluster("R48: one of two instances is killed under load: nothing is wrong or lost", async (database) => {
  await using stack = new AsyncDisposableStack();
  const instances = await startTwoInstances(stack, database);
  const outcome = await underLoad(instances, LOAD, async (course) => {
    await moreAnswers(course);
    await instances.killOne();
    course.grant();
    await goesOn(course);
  });
  assertNothingLost(outcome);
  // What the dead one had under way is all that fails: who is refused a connection asks the other.
  const { families, signIns, guests } = LOAD.crew;
  assert.ok(outcome.tally.refused.length <= families + signIns + guests, `${outcome.tally.refused.length}`);
});

onOwnCluster(
  "R48: Postgres stops under load, for longer than a lease: nothing is wrong or lost",
  async (database) => {
    await using stack = new AsyncDisposableStack();
    const instances = await startTwoInstances(stack, database);
    const outcome = await underLoad(instances, LOAD, async (course) => {
      await moreAnswers(course);
      await database.cluster.stopImmediately();
      course.grant();
      // Who holds a token tries to store it more and more seldom: by then nobody else may have taken the wait for left.
      await pause((LEASE_SECONDS + 1) * 1000);
      await database.cluster.start();
      await goesOn(course);
    });
    assertNothingLost(outcome);
  },
);

/** The clients and the flows go on. */
async function goesOn(course: Course): Promise<void> {
  await moreAnswers(course);
  const ended = () =>
    course.follower.seen.filter(({ type }) => /^flow\.(succeeded|failed)$/.test(type)).length;
  await eventually("the subscriber hears of the flows' ends", () => ended() === LOAD.flows);
}

async function moreAnswers({ tally }: Course): Promise<void> {
  const before = tally.right.length;
  await eventually("more right answers", () => tally.right.length - before >= ENOUGH);
}

function assertNothingLost({ tally, losses }: Outcome): void {
  assert.deepEqual(tally.wrong, []);
  assert.deepEqual(losses, { families: [], changes: [], events: [], flows: [] });
}
