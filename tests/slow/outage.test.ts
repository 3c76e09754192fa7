import assert from "node:assert/strict";
import { type Kysely, sql } from "kysely";
import type { Tables } from "../../src/platform/db/tables.ts";
import { LEASE_SECONDS, RENEW_MS } from "../../src/operations/instances/instances.ts";
import { startApp } from "../support/app.ts";
import { eventually, pause } from "../support/eventually.ts";
import { startFlow } from "../support/modal_flows.ts";
import { onOwnCluster } from "../support/own_cluster.ts";
import { type Course, type Outcome, startTwoInstances, underLoad } from "../support/two_instances.ts";

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

onOwnCluster("R36: after an outage who lives renews before anything is taken over", async (database) => {
  await using app = await startApp({ database });
  const { db, instanceId } = app.services;
  const { id } = await startFlow(await app.operator());
  await eventually("the poll", () => app.modal.callsUnderWay() === 1);
  await db.updateTable("modal_waits").set({ owner: "ins_other" }).execute();
  await setLease(db, "ins_other", 60);
  await database.cluster.stopImmediately();
  await pause(1.5 * RENEW_MS);
  await database.cluster.start();
  // So it is after any outage that is longer than a lease.
  await eventually(
    "its lease has run out",
    () => setLease(db, "ins_other", -1).then(() => true, () => false),
  );
  const owner = async () =>
    (await db.selectFrom("modal_waits").select("owner").where("flow_id", "=", id).executeTakeFirstOrThrow())
      .owner;
  const leaseEnd = async () =>
    (await db.selectFrom("instances").select("lease_ends_at").where("id", "=", instanceId)
      .executeTakeFirstOrThrow())
      .lease_ends_at.getTime();
  // Whatever follows a renewal has been done when the next one is.
  for (let renewals = 0; renewals < 2; renewals++) {
    const before = await leaseEnd();
    await eventually("it has renewed", async () => await leaseEnd() > before);
  }
  assert.equal(await owner(), "ins_other");
  await eventually("who does not come back is dead", async () => await owner() === instanceId);
});

async function setLease(db: Kysely<Tables>, id: string, seconds: number): Promise<void> {
  await sql`insert into instances (id, started_at, lease_ends_at)
    values (${id}, now(), clock_timestamp() + make_interval(secs => ${seconds}))
    on conflict (id) do update set lease_ends_at = excluded.lease_ends_at`.execute(db);
}

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
