import { type Insertable, type Kysely, type Selectable, sql, type Transaction } from "kysely";
import type { FactorRow, Tables } from "../../platform/db/tables.ts";
import type { FactorKind } from "../../operations/assurance.ts";

/** A second factor, without secrets. */
export type Factor = {
  id: string;
  userId: string;
  kind: FactorKind;
  name: string;
  createdAt: Date;
  lastUsedAt: Date | null;
  /** RECOVERY_CODES: how many are left; null for others. */
  remaining: number | null;
  /** PASSKEY: whether it was backed up at its last use, and so may be on other devices; null for others. */
  synced: boolean | null;
  /** PASSKEY: the id of its credential, as base64url; null for others. */
  credentialId: string | null;
};

const FACTOR_COLUMNS = [
  "id",
  "user_id",
  "kind",
  "name",
  "created_at",
  "last_used_at",
  "synced",
  "credential_id",
] as const;

/** Returns the factors of these users, oldest first, in one query. */
export async function findFactorsOf(
  db: Kysely<Tables>,
  userIds: readonly string[],
): Promise<Map<string, Factor[]>> {
  const rows = await db.selectFrom("factors").select(FACTOR_COLUMNS).select(codesLeft)
    .where(sql<boolean>`user_id = any(${userIds})`).orderBy("id").execute();
  return Map.groupBy(rows.map(toFactor), ({ userId }) => userId);
}

/** The number of recovery codes left; null for other factors. */
const codesLeft = sql<string | null>`case when factors.kind = 'RECOVERY_CODES' then
  (select count(*) from recovery_codes where recovery_codes.user_id = factors.user_id) end`.as("remaining");

type FactorColumns = Pick<Selectable<FactorRow>, (typeof FACTOR_COLUMNS)[number]> & {
  remaining: string | number | null;
};

function toFactor(row: FactorColumns): Factor {
  return {
    id: row.id,
    userId: row.user_id,
    kind: row.kind,
    name: row.name,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    remaining: row.remaining === null ? null : Number(row.remaining),
    synced: row.synced,
    credentialId: row.credential_id,
  };
}

/** A factor to store. */
export type NewFactor = Omit<Insertable<FactorRow>, "created_at"> & { created_at: Date };

/**
 * Stores a factor, and updates the kinds of factors on the user. Returns false and does nothing if a factor of any
 * user has the same credential. The user must be locked.
 */
export async function insertFactor(db: Transaction<Tables>, factor: NewFactor): Promise<boolean> {
  const row = await db.insertInto("factors").values(factor)
    .onConflict((conflict) => conflict.column("credential_id").doNothing()).returning("id")
    .executeTakeFirst();
  if (row) await updateKinds(db, [factor.user_id]);
  return row !== undefined;
}

/** Maximum rows in a statement. Postgres accepts 65,535 parameters. */
const MOST_ROWS = 1_000;

/**
 * Stores factors of several users. Returns the ids of the users with a passkey that was not stored, because a factor
 * of any user has the same credential. The users must be locked or new.
 */
export async function insertFactors(
  db: Transaction<Tables>,
  factors: readonly NewFactor[],
): Promise<Set<string>> {
  const stored = new Set<string>();
  for (let at = 0; at < factors.length; at += MOST_ROWS) {
    const rows = await db.insertInto("factors").values(factors.slice(at, at + MOST_ROWS))
      .onConflict((conflict) => conflict.column("credential_id").doNothing()).returning("id").execute();
    for (const { id } of rows) stored.add(id);
  }
  const users = new Set(factors.map(({ user_id }) => user_id));
  if (users.size > 0) await updateKinds(db, [...users]);
  return new Set(factors.flatMap(({ id, user_id }) => stored.has(id) ? [] : user_id));
}

/**
 * Deletes a factor and returns it, or undefined if the user has no such factor. Deleting a passkey makes sign-ins with
 * passkeys of the user fail that are under way. The user must be locked.
 */
export async function deleteFactor(
  db: Transaction<Tables>,
  userId: string,
  id: string,
): Promise<Factor | undefined> {
  const row = await db.deleteFrom("factors").where("id", "=", id).where("user_id", "=", userId)
    .returning(FACTOR_COLUMNS).executeTakeFirst();
  if (row) await updateKinds(db, [userId], row.kind === "PASSKEY");
  return row && toFactor({ ...row, remaining: null });
}

/**
 * Deletes all factors, recovery codes and unfinished enrolments of a user, and makes sign-ins that are under way fail.
 * Returns the number of factors, in which the recovery codes count as one.
 */
export async function deleteFactorsOf(db: Transaction<Tables>, userId: string): Promise<number> {
  const deleted = await db.deleteFrom("factors").where("user_id", "=", userId).returning("id").execute();
  await db.deleteFrom("recovery_codes").where("user_id", "=", userId).execute();
  await db.deleteFrom("totp_enrolments").where("user_id", "=", userId).execute();
  await updateKinds(db, [userId], true);
  return deleted.length;
}

/**
 * Writes the kinds of the users' factors to the rows of the users, where a sign-in reads them. With `endsSignIns`,
 * sign-ins that are under way and rely on `ways_in` fail.
 */
async function updateKinds(
  db: Transaction<Tables>,
  userIds: readonly string[],
  endsSignIns = false,
): Promise<void> {
  await db.updateTable("users").set({
    factors: sql`array(select distinct kind from factors
      where factors.user_id = users.id and kind <> 'RECOVERY_CODES' order by kind)`,
    ...(endsSignIns && { ways_in: sql`ways_in + 1` }),
    version: sql`version + 1`,
  }).where(sql<boolean>`id = any(${userIds})`).execute();
}

/** Renames a factor. Returns undefined if the user has no such factor. */
export async function renameFactorRow(
  db: Kysely<Tables>,
  userId: string,
  id: string,
  name: string,
): Promise<Factor | undefined> {
  const row = await db.updateTable("factors").set({ name }).where("id", "=", id)
    .where("user_id", "=", userId).returning(FACTOR_COLUMNS).returning(codesLeft).executeTakeFirst();
  return row && toFactor(row);
}

/** Sets the time of the last use. Returns the factor's id. The user must have exactly one factor of this kind. */
export async function noteUse(
  db: Transaction<Tables>,
  userId: string,
  kind: FactorKind,
  at: Date,
): Promise<string> {
  const row = await db.updateTable("factors").set({ last_used_at: at }).where("user_id", "=", userId)
    .where("kind", "=", kind).returning("id").executeTakeFirstOrThrow();
  return row.id;
}
