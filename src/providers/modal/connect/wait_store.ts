import { type Kysely, sql, type Transaction } from "kysely";
import type { Tables } from "../../../platform/db/tables.ts";

/** A wait. It has no row under a claim once it is over or another instance has claimed it. */
export type Wait = { flowId: string; owner: string | null; claim: number; endsAt: Date };

/** Stores a wait owned by `owner`, replacing one of a past round. Returns its claim. */
export async function insertWait(
  db: Transaction<Tables>,
  wait: { flowId: string; owner: string; endsAt: Date },
): Promise<number> {
  const row = await db.insertInto("modal_waits")
    .values({ flow_id: wait.flowId, owner: wait.owner, claim: 1, ends_at: wait.endsAt })
    .onConflict((conflict) =>
      conflict.column("flow_id").doUpdateSet({
        owner: wait.owner,
        ends_at: wait.endsAt,
        claim: sql`modal_waits.claim + 1`,
      })
    )
    .returning("claim").executeTakeFirstOrThrow();
  return row.claim;
}

/** Locks and returns the wait if this claim is still current. */
export async function lockWait(
  db: Transaction<Tables>,
  flowId: string,
  owner: string,
  claim: number,
): Promise<Wait | undefined> {
  const row = await db.selectFrom("modal_waits").selectAll()
    .where("flow_id", "=", flowId).where("owner", "=", owner).where("claim", "=", claim)
    .forUpdate().executeTakeFirst();
  return row && { flowId: row.flow_id, owner: row.owner, claim: row.claim, endsAt: row.ends_at };
}

export async function deleteWait(db: Kysely<Tables>, flowId: string): Promise<void> {
  await db.deleteFrom("modal_waits").where("flow_id", "=", flowId).execute();
}

/**
 * Claims up to `limit` waits whose owner is gone or whose lease has expired. Returns them with their new claims.
 * Several instances may call it in parallel; each wait goes to one of them.
 */
export async function claimWaits(
  db: Kysely<Tables>,
  owner: string,
  limit: number,
): Promise<{ flowId: string; claim: number }[]> {
  const { rows } = await sql<{ flow_id: string; claim: number }>`
    update modal_waits set owner = ${owner}, claim = claim + 1
    where flow_id in (
      select w.flow_id from modal_waits w
      where not exists (
        select from instances i where i.id = w.owner and i.lease_ends_at > clock_timestamp())
      limit ${limit} for update skip locked)
    returning flow_id, claim`.execute(db);
  return rows.map((row) => ({ flowId: row.flow_id, claim: row.claim }));
}

/** Releases one wait of `owner`, or all of them. Another instance can claim them at its next renewal. */
export async function releaseWaits(
  db: Kysely<Tables>,
  owner: string,
  held?: { flowId: string; claim: number },
): Promise<void> {
  await db.updateTable("modal_waits").set({ owner: null }).where("owner", "=", owner)
    .where((eb) => eb.and(held ? [eb("flow_id", "=", held.flowId), eb("claim", "=", held.claim)] : []))
    .execute();
}
