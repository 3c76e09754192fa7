/** Statements that find the credentials whose refresh, check or change of health is due. */
import { type Kysely, sql, type Transaction } from "kysely";
import type { Tables } from "../platform/db/tables.ts";
import type { Credential } from "./vault.ts";
import { toCredential } from "./vault_store.ts";

/** Returns when the health of a credential will next change by time alone. */
export async function nextChangeAt(db: Kysely<Tables>): Promise<Date | undefined> {
  const row = await db.selectFrom("credentials").select((eb) => eb.fn.min("changes_at").as("at"))
    .executeTakeFirst();
  return row?.at ?? undefined;
}

/** Returns when the next refresh of a credential of these providers is due. */
export async function nextRefreshAt(
  db: Kysely<Tables>,
  providers: readonly string[],
): Promise<Date | undefined> {
  if (providers.length === 0) return undefined;
  const row = await db.selectFrom("credentials").select("refresh_at")
    .where("refresh_at", "is not", null)
    .where("provider", "in", providers)
    .orderBy("refresh_at").limit(1)
    .executeTakeFirst();
  return row?.refresh_at ?? undefined;
}

/** Whether the health of any credential has changed by time alone. */
export async function anyChanging(db: Kysely<Tables>, now: Date): Promise<boolean> {
  const row = await db.selectFrom("credentials").select("id").where("changes_at", "<=", now).limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Returns and locks credentials whose health has changed by time alone. Skips rows locked by other transactions. */
export async function lockChanging(
  db: Transaction<Tables>,
  now: Date,
  limit: number,
): Promise<Credential[]> {
  const rows = await db.selectFrom("credentials").selectAll()
    .where("changes_at", "<=", now)
    .orderBy("changes_at").limit(limit).forUpdate().skipLocked().execute();
  return rows.map(toCredential);
}

/**
 * Returns and locks credentials with an id after `after`, ordered by id, whose next refresh and change of health are in
 * the future. Leaves out credentials with a running or failed refresh, and skips rows locked by other transactions.
 */
export async function lockPlanned(
  db: Transaction<Tables>,
  now: Date,
  after: string,
  limit: number,
): Promise<Credential[]> {
  const rows = await db.selectFrom("credentials").selectAll()
    .where("revoked_at", "is", null)
    .where("refused", "=", false)
    .where("refresh_failures", "=", 0)
    .where((eb) => eb.or([eb("claimed_until", "is", null), eb("claimed_until", "<=", now)]))
    .where((eb) => eb.or([eb("refresh_at", "is", null), eb("refresh_at", ">", now)]))
    .where((eb) => eb.or([eb("changes_at", "is", null), eb("changes_at", ">", now)]))
    .where("id", ">", after)
    .orderBy("id").limit(limit).forUpdate().skipLocked().execute();
  return rows.map(toCredential);
}

/** Returns credentials of these providers whose refresh is due. A claim postpones the due time. */
export async function findDueRefreshes(
  db: Kysely<Tables>,
  providers: readonly string[],
  now: Date,
  limit: number,
): Promise<Credential[]> {
  const rows = await db.selectFrom("credentials").selectAll()
    .where("refresh_at", "<=", now)
    .where("provider", "in", providers)
    .orderBy("refresh_at").limit(limit).execute();
  return rows.map(toCredential);
}

/**
 * Claims the refresh of a credential for this instance until `until`. Returns undefined if there is another claim, or
 * if the credential was refreshed, refused or revoked, or failed to refresh, since it was read as `seen`. When the
 * claim expires, the refresh is due again.
 */
export async function claimRefresh(
  db: Kysely<Tables>,
  seen: Credential,
  now: Date,
  until: Date,
): Promise<Credential | undefined> {
  const row = await db.updateTable("credentials")
    .set({ claimed_until: until, refresh_at: until })
    .where("id", "=", seen.id)
    .where("revoked_at", "is", null)
    .where("refused", "=", false)
    .where("has_refresh_token", "=", true)
    .where(sql<boolean>`issued_at is not distinct from ${seen.issuedAt}::timestamptz`)
    .where("refresh_failures", "=", seen.refreshFailures)
    .where((eb) => eb.or([eb("claimed_until", "is", null), eb("claimed_until", "<=", now)]))
    .returningAll().executeTakeFirst();
  return row && toCredential(row);
}

/** Returns credentials with an id after `after`, ordered by id, not checked since `since`. Leaves out refused ones. */
export async function findUnchecked(
  db: Kysely<Tables>,
  provider: string,
  since: Date,
  after: string,
  limit: number,
): Promise<Credential[]> {
  const rows = await db.selectFrom("credentials").selectAll()
    .where("provider", "=", provider)
    .where("revoked_at", "is", null)
    .where("refused", "=", false)
    .where((eb) => eb.or([eb("last_checked_at", "is", null), eb("last_checked_at", "<=", since)]))
    .where("id", ">", after)
    .orderBy("id").limit(limit).execute();
  return rows.map(toCredential);
}
