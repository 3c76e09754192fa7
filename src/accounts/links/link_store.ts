import type { Kysely, Transaction } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import type { LinkOwner, LinkPurpose } from "./links.ts";

export async function insertLink(
  db: Transaction<Tables>,
  link: LinkOwner & { purpose: LinkPurpose; hash: Uint8Array; expiresAt: Date },
): Promise<void> {
  await db.insertInto("mailed_links").values({
    token_hash: link.hash,
    purpose: link.purpose,
    user_id: link.userId,
    email_key: link.emailKey,
    expires_at: link.expiresAt,
  }).execute();
}

export async function findLinkRow(
  db: Kysely<Tables>,
  purpose: LinkPurpose,
  hash: Uint8Array,
  now: Date,
): Promise<LinkOwner | undefined> {
  const row = await db.selectFrom("mailed_links").select(["user_id", "email_key"])
    .where("token_hash", "=", hash).where("purpose", "=", purpose).where("expires_at", ">", now)
    .executeTakeFirst();
  return row && { userId: row.user_id, emailKey: row.email_key };
}

/**
 * Locks the owner of the link until the transaction ends, so two links of one user are consumed one after the
 * other.
 */
export async function lockLinkOwner(
  db: Transaction<Tables>,
  purpose: LinkPurpose,
  hash: Uint8Array,
): Promise<void> {
  await db.selectFrom("mailed_links").innerJoin("users", "users.id", "mailed_links.user_id").select(
    "users.id",
  )
    .where("token_hash", "=", hash).where("purpose", "=", purpose).forNoKeyUpdate("users").execute();
}

/** Deletes the link if it is valid, and returns its owner. One statement, so one caller wins. */
export async function deleteLink(
  db: Transaction<Tables>,
  purpose: LinkPurpose,
  hash: Uint8Array,
  now: Date,
): Promise<LinkOwner | undefined> {
  const row = await db.deleteFrom("mailed_links")
    .where("token_hash", "=", hash).where("purpose", "=", purpose).where("expires_at", ">", now)
    .returning(["user_id", "email_key"]).executeTakeFirst();
  return row && { userId: row.user_id, emailKey: row.email_key };
}

export async function deleteLinksOf(
  db: Transaction<Tables>,
  purpose: LinkPurpose,
  userId: string,
): Promise<void> {
  await db.deleteFrom("mailed_links").where("user_id", "=", userId).where("purpose", "=", purpose).execute();
}

/** Deletes expired links. */
export async function pruneLinks(db: Kysely<Tables>, now: Date): Promise<void> {
  await db.deleteFrom("mailed_links").where("expires_at", "<", now).execute();
}
