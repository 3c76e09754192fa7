import type { Kysely } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";

/** What is used up by a sign-in: a nonce of ours, or a token that has none. */
export type Spent = { hash: Uint8Array; expiresAt: Date };

/** Uses it up. Of any number of callers at once, and ever, one gets true. */
export async function spend(db: Kysely<Tables>, { hash, expiresAt }: Spent): Promise<boolean> {
  const row = await db.insertInto("spent_tokens").values({ hash, expires_at: expiresAt })
    .onConflict((conflict) => conflict.doNothing()).returning("hash").executeTakeFirst();
  return row !== undefined;
}

/** Forgets what could not be used any more anyway. */
export async function pruneSpent(db: Kysely<Tables>, now: Date): Promise<void> {
  await db.deleteFrom("spent_tokens").where("expires_at", "<", now).execute();
}
