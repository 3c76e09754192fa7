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

/** Returns the link, also if it was used or has expired. */
export async function findLinkRow(
  db: Kysely<Tables>,
  purpose: LinkPurpose,
  hash: Uint8Array,
): Promise<LinkOwner & { expiresAt: Date; usedAt: Date | null } | undefined> {
  const row = await db.selectFrom("mailed_links").select(["user_id", "email_key", "expires_at", "used_at"])
    .where("token_hash", "=", hash).where("purpose", "=", purpose).executeTakeFirst();
  return row &&
    { userId: row.user_id, emailKey: row.email_key, expiresAt: row.expires_at, usedAt: row.used_at };
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

/** An instance of an older version looks only at the expiry, and its clock may be behind by this much. */
const CLOCK_SKEW_MS = 60 * 60 * 1000;

/** Marks links as used, for this version and older ones. */
function usedAt(now: Date) {
  return { used_at: now, expires_at: new Date(now.getTime() - CLOCK_SKEW_MS) };
}

/**
 * Marks the link as used if it is valid, and returns its owner. One statement, so one caller wins.
 */
export async function useLink(
  db: Transaction<Tables>,
  purpose: LinkPurpose,
  hash: Uint8Array,
  now: Date,
): Promise<LinkOwner | undefined> {
  const row = await db.updateTable("mailed_links").set(usedAt(now))
    .where("token_hash", "=", hash).where("purpose", "=", purpose)
    .where("expires_at", ">", now).where("used_at", "is", null)
    .returning(["user_id", "email_key"]).executeTakeFirst();
  return row && { userId: row.user_id, emailKey: row.email_key };
}

/** Marks the user's links of this purpose as used, so that none of them works. */
export async function voidLinksOf(
  db: Transaction<Tables>,
  purpose: LinkPurpose,
  userId: string,
  now: Date,
): Promise<void> {
  await db.updateTable("mailed_links").set(usedAt(now))
    .where("user_id", "=", userId).where("purpose", "=", purpose).where("used_at", "is", null).execute();
}

/** Links are kept this long after their expiry, so that operators learn why one was refused. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

/** Deletes links that expired a week ago. */
export async function pruneLinks(db: Kysely<Tables>, now: Date): Promise<void> {
  await db.deleteFrom("mailed_links").where("expires_at", "<", new Date(now.getTime() - KEPT_MS)).execute();
}
