import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import type { EmailCodeRow, HasDatabase, Tables } from "../../platform/db/tables.ts";
import type { RateLimited } from "../../lib/errors.ts";
import { type Flow, lockingFlow, toFlow } from "../../flows/flows.ts";
import type { HasLimits, KeyedSubject, Limit } from "../../operations/limits/limits.ts";
import { emailLock } from "../../accounts/users/users.ts";

/** A stored code. */
export type StoredCode = {
  flowId: string;
  /** The address as typed, and its key for comparison. */
  email: string;
  emailKey: string;
  mac: Uint8Array;
  attemptsLeft: number;
  expiresAt: Date;
};

/** Builds the statement that stores a code. */
export function insertingCode(db: Kysely<Tables>, code: StoredCode) {
  return db.insertInto("email_codes").values({
    flow_id: code.flowId,
    email: code.email,
    email_key: code.emailKey,
    code_mac: code.mac,
    attempts_left: code.attemptsLeft,
    expires_at: code.expiresAt,
  });
}

/**
 * Takes one attempt from the code, charges it to `limit`, and returns the stored code. Returns no code, and
 * charges nothing, if the code has no attempts left, has been used or has expired. One statement, so parallel
 * calls cannot take more attempts than are left.
 */
export async function takeAttempt(
  { db, limits }: HasDatabase & HasLimits,
  flowId: string,
  now: Date,
  limit: Limit,
  subject: KeyedSubject,
): Promise<{ refused?: RateLimited | undefined; stored?: StoredCode | undefined }> {
  const attempt = db.updateTable("email_codes").set(({ eb }) => ({
    attempts_left: eb("attempts_left", "-", 1),
  }))
    .where("flow_id", "=", flowId).where("attempts_left", ">", 0).where("expires_at", ">", now)
    .returningAll();
  const { refused, row } = await limits.chargeChange(limit, subject, attempt);
  return { refused, stored: row && toCode(row) };
}

function toCode(row: Selectable<EmailCodeRow>): StoredCode {
  return {
    flowId: row.flow_id,
    email: row.email,
    emailKey: row.email_key,
    mac: row.code_mac,
    attemptsLeft: row.attempts_left,
    expiresAt: row.expires_at,
  };
}

/**
 * Deletes the code, locks its flow and takes `lockEmail` until the transaction ends. Of several parallel
 * callers with the right code, one gets the flow. The lock keeps other callers from verifying the same
 * address meanwhile.
 */
export async function consumeCode(
  db: Transaction<Tables>,
  { flowId, emailKey }: StoredCode,
): Promise<Flow | undefined> {
  const row = await db.deleteFrom("email_codes").using(lockingFlow(db, flowId).as("flow"))
    .whereRef("email_codes.flow_id", "=", "flow.id")
    .returningAll("flow").returning(emailLock(emailKey).as("locked")).executeTakeFirst();
  return row && toFlow(row);
}

/** Returns the attempts left of the codes of these flows. A used code has no entry. */
export async function attemptsLeft(
  db: Kysely<Tables>,
  flowIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await db.selectFrom("email_codes").select(["flow_id", "attempts_left"])
    .where(sql<boolean>`flow_id = any(${flowIds})`).execute();
  return new Map(rows.map((row) => [row.flow_id, row.attempts_left]));
}

/** Deletes expired codes. */
export async function pruneCodes(db: Kysely<Tables>, now: Date): Promise<void> {
  await db.deleteFrom("email_codes").where("expires_at", "<", now).execute();
}
