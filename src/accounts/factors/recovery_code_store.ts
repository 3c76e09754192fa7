import { type Kysely, sql, type Transaction } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";

export async function countRecoveryCodes(db: Kysely<Tables>, userId: string): Promise<number> {
  const row = await db.selectFrom("recovery_codes").select(({ fn }) => fn.countAll<string>().as("count"))
    .where("user_id", "=", userId).executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Replaces all recovery codes of the user. */
export async function replaceRecoveryCodes(
  db: Transaction<Tables>,
  userId: string,
  hashes: readonly Uint8Array[],
): Promise<void> {
  await deleteRecoveryCodes(db, userId);
  const rows = hashes.map((code_hash) => ({ code_hash, user_id: userId }));
  await db.insertInto("recovery_codes").values(rows).execute();
}

/** Deletes the user's codes, and the factor that lists them. */
export async function deleteRecoveryCodes(db: Transaction<Tables>, userId: string): Promise<void> {
  await db.deleteFrom("recovery_codes").where("user_id", "=", userId).execute();
  await db.deleteFrom("factors").where("user_id", "=", userId).where("kind", "=", "RECOVERY_CODES").execute();
}

/** Deletes the code. Returns true to the first of several parallel callers. */
export async function consumeRecoveryCode(
  db: Transaction<Tables>,
  userId: string,
  hash: Uint8Array,
): Promise<boolean> {
  const deleted = await db.deleteFrom("recovery_codes").where("user_id", "=", userId)
    .where("code_hash", "=", hash).returning(sql<number>`1`.as("one")).executeTakeFirst();
  return deleted !== undefined;
}
