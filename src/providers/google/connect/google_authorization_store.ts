import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import type { GoogleAuthorizationRow, Tables } from "../../../platform/db/tables.ts";
import type { Authorization } from "./authorization.ts";

/**
 * Locks the user's or operator's authorizations until the transaction ends, so that no other one is started or
 * stored.
 */
export async function lockStarter(db: Transaction<Tables>, startedBy: string): Promise<void> {
  const key = `google authorization ${startedBy}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(db);
}

export async function insertAuthorization(
  db: Transaction<Tables>,
  authorization: Authorization & { stateHash: Uint8Array },
): Promise<void> {
  await db.insertInto("google_authorizations").values({
    flow_id: authorization.flowId,
    state_hash: authorization.stateHash,
    browser_hash: authorization.browserHash,
    started_by: authorization.startedBy,
    session_id: authorization.sessionId,
    expires_at: authorization.expiresAt,
    used_at: authorization.usedAt,
    resume: authorization.resume,
  }).execute();
}

export async function findByState(
  db: Kysely<Tables>,
  stateHash: Uint8Array,
): Promise<Authorization | undefined> {
  const row = await db.selectFrom("google_authorizations").selectAll().where("state_hash", "=", stateHash)
    .executeTakeFirst();
  return row && toAuthorization(row);
}

/** Consumes a valid state in one statement, so that only one of several parallel callers gets true. */
export async function consumeStateRow(
  db: Transaction<Tables>,
  stateHash: Uint8Array,
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await db.updateTable("google_authorizations").set({ used_at: now })
    .where("state_hash", "=", stateHash).where("used_at", "is", null).where("expires_at", ">", now)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Finds the authorizations of these flows with one query. Flows without one are left out. */
export async function findAuthorizations(
  db: Kysely<Tables>,
  flowIds: readonly string[],
): Promise<Map<string, Authorization>> {
  const rows = await db.selectFrom("google_authorizations").selectAll()
    .where(sql<boolean>`flow_id = any(${flowIds})`).execute();
  return new Map(rows.map((row) => [row.flow_id, toAuthorization(row)]));
}

/** The newest authorization that this user or operator started. */
export async function findNewest(
  db: Transaction<Tables>,
  startedBy: string,
): Promise<Authorization | undefined> {
  const row = await db.selectFrom("google_authorizations").selectAll().where("started_by", "=", startedBy)
    .orderBy("flow_id", "desc").limit(1).executeTakeFirst();
  return row && toAuthorization(row);
}

/** Clears the same `resume` in the other authorizations of the user or operator. The caller holds `lockStarter`. */
export async function clearResumeElsewhere(
  db: Transaction<Tables>,
  { flowId, startedBy }: Pick<Authorization, "flowId" | "startedBy">,
): Promise<void> {
  await sql`
    update google_authorizations set resume = null where started_by = ${startedBy} and flow_id <> ${flowId}
      and resume = (select resume from google_authorizations where flow_id = ${flowId})`.execute(db);
}

function toAuthorization(row: Selectable<GoogleAuthorizationRow>): Authorization {
  return {
    flowId: row.flow_id,
    browserHash: row.browser_hash,
    startedBy: row.started_by,
    sessionId: row.session_id,
    expiresAt: row.expires_at,
    usedAt: row.used_at,
    resume: row.resume,
  };
}
