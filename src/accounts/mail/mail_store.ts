import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import { countUpTo, inPage, orderOf } from "../../platform/db/pages.ts";
import type { MailRow, Tables } from "../../platform/db/tables.ts";
import { firstIdAt } from "../../lib/ids.ts";
import type { Page } from "../../lib/paging.ts";
import type { Mail, MailStatus } from "./mail.ts";

/** Builds the statement that stores a mail. */
export function insertingMail(db: Kysely<Tables>, mail: Mail) {
  return db.insertInto("mails").values(toRow(mail));
}

/** Writes all columns that can change. The caller must hold the row lock. */
export async function updateMail(db: Transaction<Tables>, mail: Mail): Promise<void> {
  const { id, created_at: _createdAt, flow_id: _flowId, ...changing } = toRow(mail);
  await db.updateTable("mails").set(changing).where("id", "=", id).execute();
}

export async function deleteMail(db: Transaction<Tables>, id: string): Promise<void> {
  await db.deleteFrom("mails").where("id", "=", id).execute();
}

export async function findMail(db: Kysely<Tables>, id: string): Promise<Mail | undefined> {
  const row = await db.selectFrom("mails").selectAll().where("id", "=", id).executeTakeFirst();
  return row && toMail(row);
}

export async function lockMail(db: Transaction<Tables>, id: string): Promise<Mail | undefined> {
  const row = await db.selectFrom("mails").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
  return row && toMail(row);
}

/** Locks open mails that have expired. Skips rows that another transaction has locked. */
export async function lockOverdueMails(db: Transaction<Tables>, now: Date, limit: number): Promise<Mail[]> {
  const rows = await db.selectFrom("mails").selectAll()
    .where("sealed", "is not", null).where("expires_at", "<=", now)
    .orderBy("expires_at").limit(limit).forUpdate().skipLocked().execute();
  return rows.map(toMail);
}

export type MailFilter = { status?: MailStatus | undefined };

/** Returns one page of mails by id, that is by creation. */
export async function pageOfMails(
  db: Kysely<Tables>,
  page: Page,
  filter: MailFilter = {},
): Promise<Mail[]> {
  const rows = await matching(db, filter).selectAll()
    .where(inPage(page)).orderBy("id", orderOf(page)).limit(page.limit).execute();
  return rows.map(toMail);
}

/** Counts the mails; see `countUpTo`. */
export function countMails(db: Kysely<Tables>, filter: MailFilter): Promise<number | undefined> {
  return countUpTo(db, (limit) => matching(db, filter).select("id").limit(limit));
}

function matching(db: Kysely<Tables>, { status }: MailFilter) {
  return db.selectFrom("mails").$if(status !== undefined, (query) => query.where("status", "=", status!));
}

/** Counts the mails created since `since` that were given up. */
export async function countDeadMails(db: Kysely<Tables>, since: Date): Promise<number> {
  const { count } = await db.selectFrom("mails").select((eb) => eb.fn.countAll<number>().as("count"))
    .where("status", "=", "DEAD").where("created_at", ">=", since).executeTakeFirstOrThrow();
  return Number(count);
}

/** Returns the newest mails to one of these addresses (in lower case) or to the user, oldest first. */
export async function mailsTo(
  db: Kysely<Tables>,
  addresses: readonly string[],
  userId: string | undefined,
  limit: number,
): Promise<Mail[]> {
  if (addresses.length === 0 && userId === undefined) return [];
  const rows = await db.selectFrom("mails").selectAll()
    .where((eb) =>
      eb.or([
        ...addresses.map((address) => eb(sql`lower(to_address)`, "=", address)),
        ...(userId === undefined ? [] : [eb("user_id", "=", userId)]),
      ])
    ).orderBy("id", "desc").limit(limit).execute();
  return rows.reverse().map(toMail);
}

/** Counts the mails that wait for another attempt, and returns the most attempts of one. */
export async function countRetryingMails(db: Kysely<Tables>): Promise<{ mails: number; attempts: number }> {
  const { mails, attempts } = await db.selectFrom("mails")
    .select((eb) => [eb.fn.countAll<number>().as("mails"), eb.fn.max("attempts").as("attempts")])
    .where("status", "=", "RETRYING").executeTakeFirstOrThrow();
  return { mails: Number(mails), attempts: Number(attempts) };
}

function toRow(mail: Mail): Selectable<MailRow> {
  return {
    id: mail.id,
    to_address: mail.to,
    subject: mail.subject,
    status: mail.status,
    attempts: mail.attempts,
    last_error: mail.lastError,
    created_at: mail.createdAt,
    sent_at: mail.sentAt,
    expires_at: mail.expiresAt,
    flow_id: mail.flowId,
    user_id: mail.userId,
    sealed: mail.sealed,
  };
}

function toMail(row: Selectable<MailRow>): Mail {
  return {
    id: row.id,
    to: row.to_address,
    subject: row.subject,
    status: row.status,
    attempts: row.attempts,
    lastError: row.last_error,
    createdAt: row.created_at,
    sentAt: row.sent_at,
    expiresAt: row.expires_at,
    flowId: row.flow_id,
    userId: row.user_id,
    sealed: row.sealed,
  };
}

/**
 * Deletes the mails of a deleted user, and all mails to `email`, the address that the user has verified. A mail that
 * is being sent may still arrive. Returns the ids of the flows that the mails belonged to.
 */
export async function forgetUsersMails(
  db: Transaction<Tables>,
  userId: string,
  email: string | null,
): Promise<string[]> {
  const rows = await db.deleteFrom("mails").where((eb) =>
    eb.or([
      eb("user_id", "=", userId),
      // The address is ASCII, and the collation of the column only lowercases ASCII.
      ...(email === null ? [] : [eb(sql`lower(to_address)`, "=", email.toLowerCase())]),
    ])
  ).returning("flow_id").execute();
  return rows.flatMap(({ flow_id: flowId }) => flowId ?? []);
}

/** Deletes finished mails queued before this time. */
export async function pruneMails(db: Kysely<Tables>, before: Date): Promise<void> {
  await db.deleteFrom("mails").where("id", "<", firstIdAt("mal", before)).where("status", "in", [
    "SENT",
    "DEAD",
  ])
    .execute();
}
