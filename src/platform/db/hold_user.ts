import type { Transaction } from "kysely";
import type { Tables } from "./tables.ts";

/** Prevents deletion of the user until the transaction ends. Returns false if the user does not exist. */
export async function holdUser(db: Transaction<Tables>, id: string): Promise<boolean> {
  const row = await db.selectFrom("users").select("id").where("id", "=", id).forKeyShare().executeTakeFirst();
  return row !== undefined;
}
