import type { Kysely, Transaction } from "kysely";
import type { Tables } from "../../../platform/db/tables.ts";

/** A stored authenticator. */
export type StoredTotp = {
  id: string;
  sealed: string;
  /** How many steps its clock is ahead of ours, as learned from its codes. */
  clockSteps: number;
  /** How many steps its last accepted code was ahead. */
  lastDifference: number;
};

/** Returns the user's authenticators, and locks them until the transaction ends. */
export async function lockTotpsOf(db: Transaction<Tables>, userId: string): Promise<StoredTotp[]> {
  const rows = await db.selectFrom("factors").select(["id", "sealed", "clock_steps", "last_difference"])
    .where("user_id", "=", userId).where("kind", "=", "TOTP").orderBy("id").forUpdate().execute();
  return rows.map((row) => ({
    id: row.id,
    sealed: row.sealed ?? "",
    clockSteps: row.clock_steps,
    lastDifference: row.last_difference,
  }));
}

/** Stores the use of a code. Returns false and does nothing if a code of this or a later step was used before. */
export async function acceptStep(
  db: Transaction<Tables>,
  id: string,
  use: { step: number; at: Date; clockSteps: number; difference: number },
): Promise<boolean> {
  const row = await db.updateTable("factors").set({
    last_step: String(use.step),
    last_used_at: use.at,
    clock_steps: use.clockSteps,
    last_difference: use.difference,
  }).where("id", "=", id)
    .where((eb) => eb.or([eb("last_step", "is", null), eb("last_step", "<", String(use.step))]))
    .returning("id").executeTakeFirst();
  return row !== undefined;
}

/** Returns the next authenticators after this id that are sealed under another root key, and locks them. */
export async function lockTotpsUnderOtherKeys(
  db: Transaction<Tables>,
  rootKeyId: string,
  after: string,
  limit: number,
): Promise<{ id: string; sealed: string }[]> {
  const rows = await db.selectFrom("factors").select(["id", "sealed"]).where("id", ">", after)
    .where("sealed", "is not", null).where("root_key_id", "!=", rootKeyId)
    .orderBy("id").limit(limit).forUpdate().execute();
  return rows.map(({ id, sealed }) => ({ id, sealed: sealed ?? "" }));
}

export async function setSealed(
  db: Kysely<Tables>,
  id: string,
  sealed: string,
  rootKeyId: string,
): Promise<void> {
  await db.updateTable("factors").set({ sealed, root_key_id: rootKeyId }).where("id", "=", id).execute();
}
