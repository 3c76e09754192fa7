import { type Kysely, type RawBuilder, type Selectable, sql, type Transaction } from "kysely";
import type { EmailCodeRow, Tables } from "../../platform/db/tables.ts";
import type { RateLimited } from "../../lib/errors.ts";
import { type Flow, type FlowColumns, lockingFlow, toFlow } from "../../flows/flows.ts";
import type { Charging, CountRow } from "../../operations/limits/limits.ts";
import { emailLock } from "../../accounts/users/users.ts";

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

/**
 * Uses a try of the code up and counts it, unless the count is used up, and returns what to compare with: undefined
 * when the code has no tries left, has been used, or its time is over, and then nothing is counted. One statement, so
 * that of any number of parallel tries only as many compare as there are. Like a count it need not have reached the
 * disk: what comes of the try has, before anybody is told, and with it all that went before.
 */
export async function takeAttempt(
  db: Kysely<Tables>,
  flowId: string,
  now: Date,
  { usedUp, counting, refusalOf }: Charging,
): Promise<{ refused?: RateLimited | undefined; stored?: StoredCode | undefined }> {
  const { rows: [row] } = await sql<CountRow & (Selectable<EmailCodeRow> | { flow_id: null })>`
    with used_up as (${usedUp}), done as (
      update email_codes set attempts_left = attempts_left - 1
      where flow_id = ${flowId} and attempts_left > 0 and expires_at > ${now}
        and not exists (select from used_up)
      returning *
    ), counted as (${counting})
    select * from (select * from used_up union all select * from counted) as standing
      left join done on true`.execute(db);
  if (!row) return {};
  return { refused: refusalOf(row), stored: row.flow_id === null ? undefined : toCode(row) };
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
 * Spends the code, holding its flow: of any number who have it right one gets the flow, and with it `lockEmail`: until
 * the transaction ends, nobody else proves that the address is theirs.
 */
export async function spendCode(db: Transaction<Tables>, flowId: string): Promise<Flow | undefined> {
  const { rows: [row] } = await sql<FlowColumns>`
    with flow as (${lockingFlow(flowId)}), spent as (
      delete from email_codes using flow where flow_id = flow.id returning email_key
    )
    select flow.*, ${emailLock(sql.ref("email_key"))} from flow, spent`.execute(db);
  return row && toFlow(row);
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
