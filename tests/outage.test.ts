import assert from "node:assert/strict";
import { LEASE_SECONDS } from "../src/instances/instances.ts";
import { eventually, pause } from "./support/eventually.ts";
import { onOwnCluster } from "./support/own_cluster.ts";
import { type Course, type Outcome, startTwoInstances, underLoad } from "./support/two_instances.ts";

const LOAD = { crew: { families: 6, signIns: 1, guests: 2 }, flows: 2 };

/** Right answers before and after what happens. */
const ENOUGH = 200;

onOwnCluster(
  "R48: one of two instances is killed under load: nothing wrong, nothing lost",
  async (database) => {
    await using stack = new AsyncDisposableStack();
    const instances = await startTwoInstances(stack, database);
    const outcome = await underLoad(instances, LOAD, async (course) => {
      await moreAnswers(course);
      await instances.killOne();
      await goesOn(course);
    });
    assertNothingLost(outcome);
    // What the dead one had under way is all that fails: who is refused a connection asks the other.
    const { families, signIns, guests } = LOAD.crew;
    assert.ok(outcome.tally.refused.length <= families + signIns + guests, `${outcome.tally.refused.length}`);
  },
);

onOwnCluster("R48: Postgres is restarted under load: nothing wrong, nothing lost", async (database) => {
  await using stack = new AsyncDisposableStack();
  const instances = await startTwoInstances(stack, database);
  const outcome = await underLoad(instances, LOAD, async (course) => {
    await moreAnswers(course);
    await database.cluster.restartImmediately();
    await goesOn(course);
  });
  assertNothingLost(outcome);
});

onOwnCluster(
  "R48: Postgres is away for longer than a lease: what Modal grants meanwhile is kept",
  async (database) => {
    await using stack = new AsyncDisposableStack();
    const instances = await startTwoInstances(stack, database);
    const outcome = await underLoad(instances, { ...LOAD, flows: 6 }, async (course) => {
      await moreAnswers(course);
      await database.cluster.stopImmediately();
      course.grant();
      // Whoever holds a token tries more and more seldom; whoever is back before must not take the wait for left.
      await pause((LEASE_SECONDS + 1) * 1000);
      await database.cluster.start();
      await moreAnswers(course);
      await heardOfFlows(course, 6);
    });
    assertNothingLost(outcome);
  },
);

/** Modal grants what waits, the flows go on, and so do the clients. */
async function goesOn(course: Course): Promise<void> {
  course.grant();
  await moreAnswers(course);
  await heardOfFlows(course, LOAD.flows);
}

async function heardOfFlows({ follower }: Course, count: number): Promise<void> {
  const ended = () => follower.seen.filter(({ type }) => /^flow.(succeeded|failed)$/.test(type)).length;
  await eventually("the subscriber hears of the flows' ends", () => ended() === count);
}

async function moreAnswers({ tally }: Course): Promise<void> {
  const before = tally.right.length;
  await eventually("more right answers", () => tally.right.length - before >= ENOUGH);
}

function assertNothingLost({ tally, losses }: Outcome): void {
  assert.deepEqual(tally.wrong, []);
  assert.deepEqual(losses, { families: [], changes: [], events: [], flows: [] });
}
