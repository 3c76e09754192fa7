import type { Kysely } from "kysely";
import type { Tables } from "./tables.ts";

/** The hash of a value that works once, such as a nonce or a challenge. It expires with the value or later. */
export type OneTimeValue = { hash: Uint8Array; expiresAt: Date };

/** Consumes the value. Returns true to the first caller and false to all others. */
export async function consumeOnce(db: Kysely<Tables>, { hash, expiresAt }: OneTimeValue): Promise<boolean> {
  const row = await db.insertInto("spent_tokens").values({ hash, expires_at: expiresAt })
    .onConflict((conflict) => conflict.doNothing()).returning("hash").executeTakeFirst();
  return row !== undefined;
}

/** Deletes expired values. They are rejected as expired anyway. */
export async function pruneConsumed(db: Kysely<Tables>, now: Date): Promise<void> {
  await db.deleteFrom("spent_tokens").where("expires_at", "<", now).execute();
}
