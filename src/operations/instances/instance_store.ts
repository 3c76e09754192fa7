import { type Kysely, sql } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";

export async function renewLease(
  db: Kysely<Tables>,
  id: string,
  startedAt: Date,
  seconds: number,
): Promise<void> {
  await sql`
    insert into instances (id, started_at, lease_ends_at)
    values (${id}, ${startedAt}, clock_timestamp() + make_interval(secs => ${seconds}))
    on conflict (id) do update set lease_ends_at = excluded.lease_ends_at`.execute(db);
}

export async function releaseLease(db: Kysely<Tables>, id: string): Promise<void> {
  await db.deleteFrom("instances").where("id", "=", id).execute();
}

/** Deletes leases that expired a day ago, or all leases. */
export async function forgetDeadInstances(db: Kysely<Tables>, all: boolean): Promise<void> {
  await db.deleteFrom("instances")
    .$if(!all, (query) => query.where("lease_ends_at", "<", sql<Date>`clock_timestamp() - interval '1 day'`))
    .execute();
}
