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

/** Correct answers before and after the incident. */
const ENOUGH = 200;

onOwnCluster("R48: kill -9 of one of two instances under load loses nothing", async (database) => {
  await using stack = new AsyncDisposableStack();
  const instances = await startTwoInstances(stack, database);
  const outcome = await underLoad(instances, LOAD, async (course) => {
    await moreAnswers(course);
    await instances.killOne();
    course.grant();
    await allContinue(course);
  });
  assertNothingLost(outcome);
  // Only requests running on the killed instance fail. A refused connection is retried on the other.
  const { families, signIns, guests } = LOAD.crew;
  assert.ok(outcome.tally.refused.length <= families + signIns + guests, `${outcome.tally.refused.length}`);
});

onOwnCluster(
  "R48: an outage of Postgres under load, longer than a lease, loses nothing",
  async (database) => {
    await using stack = new AsyncDisposableStack();
    const instances = await startTwoInstances(stack, database);
    const outcome = await underLoad(instances, LOAD, async (course) => {
      await moreAnswers(course);
      await database.cluster.stopImmediately();
      course.grant();
      // An instance that holds a token backs off between its tries to store it. Another must not take over the wait
      // before.
      await pause((LEASE_SECONDS + 1) * 1000);
      await database.cluster.start();
      await allContinue(course);
    });
    assertNothingLost(outcome);
  },
);

onOwnCluster("R36: after an outage, leases are renewed before waits are taken over", async (database) => {
  await using app = await startApp({ database });
  const { db, instanceId } = app.services;
  const { id } = await startFlow(await app.operator());
  await eventually("the poll", () => app.modal.callsUnderWay() === 1);
  await db.updateTable("modal_waits").set({ owner: "ins_other" }).execute();
  await setLease(db, "ins_other", 60);
  await database.cluster.stopImmediately();
  await pause(1.5 * RENEW_MS);
  await database.cluster.start();
  // This is the state after any outage longer than a lease.
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
  // Work that follows a renewal is done before the next renewal.
  for (let renewals = 0; renewals < 2; renewals++) {
    const before = await leaseEnd();
    await eventually("it has renewed", async () => await leaseEnd() > before);
  }
  assert.equal(await owner(), "ins_other");
  await eventually(
    "the wait of the missing instance is taken over",
    async () => await owner() === instanceId,
  );
});

async function setLease(db: Kysely<Tables>, id: string, seconds: number): Promise<void> {
  await sql`insert into instances (id, started_at, lease_ends_at)
    values (${id}, now(), clock_timestamp() + make_interval(secs => ${seconds}))
    on conflict (id) do update set lease_ends_at = excluded.lease_ends_at`.execute(db);
}

/** Waits until the clients and the flows continue. */
async function allContinue(course: Course): Promise<void> {
  await moreAnswers(course);
  const ended = () =>
    course.follower.seen.filter(({ type }) => /^flow\.(succeeded|failed)$/.test(type)).length;
  await eventually("the subscriber gets the flows' final events", () => ended() === LOAD.flows);
}

async function moreAnswers({ tally }: Course): Promise<void> {
  const before = tally.right.length;
  await eventually("more correct answers", () => tally.right.length - before >= ENOUGH);
}

function assertNothingLost({ tally, losses }: Outcome): void {
  assert.deepEqual(tally.wrong, []);
  assert.deepEqual(losses, { families: [], changes: [], events: [], flows: [] });
}
