import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import type { OperatorRow, Tables } from "../../platform/db/tables.ts";
import type { Operator } from "./operators.ts";

/** Stores a new operator. Returns false if the name is taken. */
export async function insertOperator(
  db: Transaction<Tables>,
  operator: Operator,
  tokenHash: Uint8Array,
): Promise<boolean> {
  const row = await db.insertInto("operators").values({
    id: operator.id,
    name: operator.name,
    role: operator.role,
    token_hash: tokenHash,
    created_at: operator.createdAt,
    expires_at: operator.expiresAt,
    last_used_at: null,
    revoked_at: null,
  }).onConflict((conflict) => conflict.column("name").doNothing())
    .returning("id").executeTakeFirst();
  return row !== undefined;
}

export async function findOperator(db: Kysely<Tables>, id: string): Promise<Operator | undefined> {
  const row = await db.selectFrom("operators").selectAll().where("id", "=", id).executeTakeFirst();
  return row && toOperator(row);
}

/** Returns the existing operators of these ids, in one query. */
export async function findOperators(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<Map<string, Operator>> {
  const rows = await db.selectFrom("operators").selectAll().where(sql<boolean>`id = any(${ids})`).execute();
  return new Map(rows.map((row) => [row.id, toOperator(row)]));
}

export async function findOperatorByHash(
  db: Kysely<Tables>,
  tokenHash: Uint8Array,
): Promise<Operator | undefined> {
  const row = await db.selectFrom("operators").selectAll().where("token_hash", "=", tokenHash)
    .executeTakeFirst();
  return row && toOperator(row);
}

/** Returns up to a thousand operators, newest first, including revoked and expired ones. */
export async function listOperators(db: Kysely<Tables>): Promise<Operator[]> {
  const rows = await db.selectFrom("operators").selectAll().orderBy("id", "desc").limit(1_000).execute();
  return rows.map(toOperator);
}

/** Returns whether this call revoked it. */
export async function revokeOperatorRow(db: Transaction<Tables>, id: string, now: Date): Promise<boolean> {
  const row = await db.updateTable("operators").set({ revoked_at: now })
    .where("id", "=", id).where("revoked_at", "is", null).returning("id").executeTakeFirst();
  return row !== undefined;
}

export async function noteUse(db: Kysely<Tables>, id: string, now: Date): Promise<void> {
  await db.updateTable("operators").set({ last_used_at: now }).where("id", "=", id).execute();
}

function toOperator(row: Selectable<OperatorRow>): Operator {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
