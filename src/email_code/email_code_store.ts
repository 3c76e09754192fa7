import { type Kysely, type RawBuilder, sql, type Transaction } from "kysely";
import type { Tables } from "../db/tables.ts";
import { emailLock } from "../users/users.ts";

/** What is kept of a code. */
export type StoredCode = {
  flowId: string;
  /** The address as typed, and as it is compared. */
  email: string;
  emailKey: string;
  mac: Uint8Array;
  attemptsLeft: number;
  expiresAt: Date;
};

/** The part of a statement that stores a code. */
export function insertCode(db: Kysely<Tables>, code: StoredCode): RawBuilder<unknown> {
  const row = {
    flow_id: code.flowId,
    email: code.email,
    email_key: code.emailKey,
    code_mac: code.mac,
    attempts_left: code.attemptsLeft,
    expires_at: code.expiresAt,
  };
  return sql`${db.insertInto("email_codes").values(row)}`;
}

/** Whose code the flow's is: what a try is counted against, whatever comes of it. */
export async function findEmailKey(db: Kysely<Tables>, flowId: string): Promise<string | undefined> {
  const row = await db.selectFrom("email_codes").select("email_key").where("flow_id", "=", flowId)
    .executeTakeFirst();
  return row?.email_key;
}

/**
 * Uses up one try, and returns what to compare with; undefined when there are no tries left, the code has been used,
 * or its time is over. One statement, so that of any number of parallel tries only as many compare as there are.
 */
export async function takeAttempt(
  db: Kysely<Tables>,
  flowId: string,
  now: Date,
): Promise<StoredCode | undefined> {
  const row = await db.updateTable("email_codes").set({ attempts_left: sql`attempts_left - 1` })
    .where("flow_id", "=", flowId).where("attempts_left", ">", 0).where("expires_at", ">", now)
    .returningAll().executeTakeFirst();
  return row && {
    flowId: row.flow_id,
    email: row.email,
    emailKey: row.email_key,
    mac: row.code_mac,
    attemptsLeft: row.attempts_left,
    expiresAt: row.expires_at,
  };
}

/**
 * Spends the code: of any number who have it right one gets true, and with it `lockEmail`: until the transaction ends,
 * nobody else proves that the address is theirs.
 */
export async function spendCode(db: Transaction<Tables>, flowId: string): Promise<boolean> {
  const { rows } = await sql`
    with spent as (delete from email_codes where flow_id = ${flowId} returning email_key)
    select ${emailLock(sql.ref("email_key"))} from spent`.execute(db);
  return rows.length > 0;
}

/** Tries left of the codes of these flows; none for one that was used. */
export async function attemptsLeft(
  db: Kysely<Tables>,
  flowIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await db.selectFrom("email_codes").select(["flow_id", "attempts_left"])
    .where(sql<boolean>`flow_id = any(${flowIds})`).execute();
  return new Map(rows.map((row) => [row.flow_id, row.attempts_left]));
}

/** Deletes the codes whose time is over. */
export async function pruneCodes(db: Kysely<Tables>, now: Date): Promise<void> {
  await db.deleteFrom("email_codes").where("expires_at", "<", now).execute();
}
