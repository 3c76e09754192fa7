import { type Kysely, sql } from "kysely";

/**
 * Columns that keep credentials healthy: the account of the token, when it was issued, when it is refreshed next, the
 * claim of the instance that refreshes it, and when its health changes without a refresh. Existing credentials are
 * checked once.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table credentials
      add column account text,
      add column issued_at timestamptz(3),
      add column refresh_at timestamptz(3),
      add column refresh_failures integer not null default 0,
      add column claimed_until timestamptz(3),
      add column changes_at timestamptz(3)`.execute(db);
  await sql`update credentials set changes_at = now() where revoked_at is null and expires_at is not null`
    .execute(db);
  await sql`create unique index credentials_by_account on credentials (provider, account, coalesce(owner_id, ''))
    where revoked_at is null and account is not null`.execute(db);
  await sql`create index credentials_by_refresh on credentials (refresh_at) where refresh_at is not null`
    .execute(db);
  await sql`create index credentials_by_change on credentials (changes_at) where changes_at is not null`
    .execute(db);
  await sql`drop index credentials_by_expiry`.execute(db);
}
