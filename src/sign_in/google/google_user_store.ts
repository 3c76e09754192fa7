import type { Kysely } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";

/** The hash of a nonce we issued, or of an ID token without a nonce. A sign-in consumes it. */
export type OneTimeValue = { hash: Uint8Array; expiresAt: Date };

/** Consumes the value. Returns true to the first caller and false to all others. */
export async function consumeOnce(db: Kysely<Tables>, { hash, expiresAt }: OneTimeValue): Promise<boolean> {
  const row = await db.insertInto("spent_tokens").values({ hash, expires_at: expiresAt })
    .onConflict((conflict) => conflict.doNothing()).returning("hash").executeTakeFirst();
  return row !== undefined;
}

/** Deletes expired values. Their tokens are rejected as expired anyway. */
export async function pruneConsumed(db: Kysely<Tables>, now: Date): Promise<void> {
  await db.deleteFrom("spent_tokens").where("expires_at", "<", now).execute();
}
