import type { Transaction } from "kysely";
import type { Tables } from "./tables.ts";

/** Locks the user against deletion until the transaction ends. Returns false when there is no such user. */
export async function holdUser(db: Transaction<Tables>, id: string): Promise<boolean> {
  const row = await db.selectFrom("users").select("id").where("id", "=", id).forKeyShare().executeTakeFirst();
  return row !== undefined;
}
