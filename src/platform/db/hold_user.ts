import type { Transaction } from "kysely";
import type { Tables } from "./tables.ts";

/** Locks the user row until the transaction ends, so that it cannot be deleted. Returns false if it does not exist. */
export async function holdUser(db: Transaction<Tables>, id: string): Promise<boolean> {
  const row = await db.selectFrom("users").select("id").where("id", "=", id).forKeyShare().executeTakeFirst();
  return row !== undefined;
}
