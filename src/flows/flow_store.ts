import { type Kysely, type QueryCreator, type Selectable, sql, type Transaction } from "kysely";
import { countUpTo, inPage, orderOf } from "../platform/db/pages.ts";
import type { FlowRow, Tables } from "../platform/db/tables.ts";
import { firstIdAt } from "../lib/ids.ts";
import type { Page } from "../lib/paging.ts";
import type { Flow, FlowFailure, FlowStatus, FlowStep } from "./flows.ts";

/** Builds the statement that inserts a flow. */
export function insertingFlow(db: Kysely<Tables>, flow: Flow) {
  return db.insertInto("flows").values(flowRow(flow));
}

/** Returns the row of a flow. */
export function flowRow(flow: Flow) {
  return {
    id: flow.id,
    kind: flow.kind,
    status: flow.status,
    user_id: flow.userId,
    created_at: flow.createdAt,
    updated_at: flow.updatedAt,
    expires_at: flow.expiresAt,
    failure: flow.failure && JSON.stringify(flow.failure),
    steps: JSON.stringify(flow.steps),
    detail: JSON.stringify(flow.detail),
    credential_id: flow.credentialId,
    version: flow.version,
    sealed: flow.sealed,
    holder_hash: flow.holderHash,
  };
}

/** Builds the statement that writes the mutable columns of `flow` and appends `steps`. Requires the row lock. */
export function updatingFlow(db: Transaction<Tables>, flow: Flow, steps: FlowStep[]) {
  return db.updateTable("flows").set({
    status: flow.status,
    updated_at: flow.updatedAt,
    expires_at: flow.expiresAt,
    failure: flow.failure && JSON.stringify(flow.failure),
    steps: sql`steps || ${JSON.stringify(steps)}::jsonb`,
    detail: JSON.stringify(flow.detail),
    credential_id: flow.credentialId,
    user_id: flow.userId,
    version: flow.version,
    sealed: flow.sealed,
  }).where("id", "=", flow.id);
}

/** Queries one id instead of calling `findFlows`: Postgres plans a query with an array parameter again on each run. */
export async function findFlow(db: Kysely<Tables>, id: string): Promise<Flow | undefined> {
  const row = await db.selectFrom("flows").selectAll().where("id", "=", id).executeTakeFirst();
  return row && toFlow(row);
}

/** Returns the flows with these ids in one query. Ids that do not exist are left out. */
export async function findFlows(db: Kysely<Tables>, ids: readonly string[]): Promise<Map<string, Flow>> {
  const rows = await db.selectFrom("flows").selectAll().where(sql<boolean>`id = any(${ids})`).execute();
  return new Map(rows.map((row) => [row.id, toFlow(row)]));
}

/** Returns the flow and locks its row until the transaction ends. */
export async function lockFlow(db: Transaction<Tables>, id: string): Promise<Flow | undefined> {
  const row = await lockingFlow(db, id).executeTakeFirst();
  return row && toFlow(row);
}

/** Builds the query that selects a flow's row and locks it. */
export function lockingFlow(db: QueryCreator<Tables>, id: string) {
  return db.selectFrom("flows").selectAll().where("id", "=", id).forUpdate();
}

/** Returns and locks open flows that have expired. Skips rows that another instance has locked. */
export async function lockDueFlows(db: Transaction<Tables>, now: Date, limit: number): Promise<Flow[]> {
  const rows = await db.selectFrom("flows").selectAll()
    .where("status", "in", ["PENDING", "WAITING", "TIMED_OUT"])
    .where("expires_at", "<=", now)
    .orderBy("expires_at").limit(limit).forUpdate().skipLocked().execute();
  return rows.map(toFlow);
}

export type FlowFilter = {
  userId?: string | undefined;
  kind?: string | undefined;
  status?: FlowStatus | undefined;
  /** Only those that failed or timed out, and waiting ones whose last step says that there was no answer. */
  onlyTroubled?: boolean;
};

/** Returns one page of flows ordered by id, and so by creation time. */
export async function pageOfFlows(db: Kysely<Tables>, page: Page, filter: FlowFilter): Promise<Flow[]> {
  const rows = await matching(db, filter).selectAll()
    .where(inPage(page)).orderBy("id", orderOf(page)).limit(page.limit).execute();
  return rows.map(toFlow);
}

/** Counts the flows; see `countUpTo`. */
export function countFlows(db: Kysely<Tables>, filter: FlowFilter): Promise<number | undefined> {
  return countUpTo(db, (limit) => matching(db, filter).select("id").limit(limit));
}

function matching(db: Kysely<Tables>, { userId, kind, status, onlyTroubled }: FlowFilter) {
  return db.selectFrom("flows")
    .$if(userId !== undefined, (query) => query.where("user_id", "=", userId ?? ""))
    .$if(kind !== undefined, (query) => query.where("kind", "=", kind!))
    .$if(status !== undefined, (query) => query.where("status", "=", status!))
    .$if(onlyTroubled === true, (query) =>
      query.where((eb) =>
        eb.or([
          eb("status", "in", ["FAILED", "TIMED_OUT"]),
          eb.and([eb("status", "=", "WAITING"), sql<boolean>`steps -> -1 ->> 'name' = 'unreachable'`]),
        ])
      ));
}

export function toFlow(row: Selectable<FlowRow>): Flow {
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    userId: row.user_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
    failure: row.failure as FlowFailure | null,
    steps: row.steps as FlowStep[],
    detail: row.detail,
    credentialId: row.credential_id,
    version: row.version,
    sealed: row.sealed,
    holderHash: row.holder_hash,
  };
}

/** The user's flows, and those with these ids that belong to no user. */
export type FlowsOfUser = { userId: string; unowned?: readonly string[] };

/** Returns and locks the open ones. */
export async function lockOpenFlowsOf(db: Transaction<Tables>, flows: FlowsOfUser): Promise<Flow[]> {
  const rows = await db.selectFrom("flows").selectAll().where(areOf(flows))
    .where("status", "in", ["PENDING", "WAITING", "TIMED_OUT"]).orderBy("id").forUpdate().execute();
  return rows.map(toFlow);
}

/** Deletes them. Returns their ids. */
export async function deleteFlowsOf(db: Transaction<Tables>, flows: FlowsOfUser): Promise<string[]> {
  const rows = await db.deleteFrom("flows").where(areOf(flows)).returning("id").execute();
  return rows.map(({ id }) => id);
}

function areOf({ userId, unowned = [] }: FlowsOfUser) {
  return sql<boolean>`(user_id = ${userId} or user_id is null and id = any(${unowned}))`;
}

/** Deletes flows of this kind that were created before `before`. */
export async function pruneFlows(db: Kysely<Tables>, kind: string, before: Date): Promise<void> {
  await db.deleteFrom("flows").where("id", "<", firstIdAt("flw", before)).where("kind", "=", kind).execute();
}
