import { type Kysely, sql } from "kysely";

/** The vault. `sealed` is null after the credential was revoked, because that deletes the secret. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table credentials (
      id text primary key,
      provider text not null check (provider in ('MODAL', 'GOOGLE')),
      owner_id text,
      label text not null,
      token_id text,
      scopes text[] not null,
      health text not null,
      expires_at timestamptz(3),
      has_refresh_token boolean not null,
      refused boolean not null,
      last_checked_at timestamptz(3),
      last_refreshed_at timestamptz(3),
      last_failure text,
      revoked_at timestamptz(3),
      created_at timestamptz(3) not null,
      version integer not null,
      root_key_id text,
      sealed text,
      check ((sealed is null) = (root_key_id is null))
    )`.execute(db);
  await sql`create unique index credentials_by_token on credentials (provider, token_id, coalesce(owner_id, ''))
    where revoked_at is null and token_id is not null`.execute(db);
  await sql`create index credentials_by_owner on credentials (owner_id, id) where owner_id is not null`
    .execute(db);
  await sql`create index credentials_by_root_key on credentials (root_key_id) where root_key_id is not null`
    .execute(db);
  await sql`create index credentials_by_expiry on credentials (expires_at)
    where revoked_at is null and expires_at is not null`.execute(db);
}
