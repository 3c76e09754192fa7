import assert from "node:assert/strict";
import { sql } from "kysely";
import { LEASE_SECONDS, startInstance } from "../../src/operations/instances/instances.ts";
import { onPglite } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";

onPglite(
  "R36: after an outage an instance renews its lease before it takes over waits",
  async (database) => {
    await using stack = new AsyncDisposableStack();
    const { db } = await database.open();
    const instance = await startInstance(db, () => new Date(), false);
    stack.defer(() => instance.close());
    const secondsLeft = async () => {
      const { rows: [row] } = await sql<{ seconds: number }>`
      select extract(epoch from lease_ends_at - clock_timestamp())::float as seconds from instances
      where id = ${instance.id}`.execute(db);
      return row?.seconds ?? 0;
    };
    let takeOvers = 0;
    await sql`alter table instances rename to instances_away`.execute(db);
    try {
      instance.onRenewed(() => Promise.resolve(void takeOvers++));
      // The embedded database runs queries in order, so the failed renewal is done after this one.
      await sql`select 1`.execute(db);
    } finally {
      await sql`alter table instances_away rename to instances`.execute(db);
    }
    await sql`update instances set lease_ends_at = clock_timestamp()`.execute(db);
    await eventually("the lease is renewed", async () => await secondsLeft() > LEASE_SECONDS / 2);
    assert.equal(takeOvers, 0);
  },
);
