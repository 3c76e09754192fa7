import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import type { CredentialRow, Tables } from "../db/tables.ts";
import type { Page } from "../paging.ts";
import type { Credential, Provider } from "./vault.ts";

export async function insertCredential(db: Transaction<Tables>, credential: Credential): Promise<void> {
  await db.insertInto("credentials").values(toRow(credential)).execute();
}

/** Writes all that can change. The caller holds its row lock. */
export async function updateCredential(db: Transaction<Tables>, credential: Credential): Promise<void> {
  const { id, provider: _provider, owner_id: _owner, created_at: _created, ...changing } = toRow(credential);
  await db.updateTable("credentials").set(changing).where("id", "=", id).execute();
}

/** Until the transaction ends, nobody else stores this token: two imports at once become one credential. */
export async function lockTokenId(
  db: Transaction<Tables>,
  provider: Provider,
  tokenId: string,
): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`credential ${provider} ${tokenId}`}, 0))`
    .execute(db);
}

export async function findCredential(db: Kysely<Tables>, id: string): Promise<Credential | undefined> {
  return (await findCredentials(db, [id])).get(id);
}

/** The credentials of these ids that exist, in one query. */
export async function findCredentials(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<Map<string, Credential>> {
  const rows = await db.selectFrom("credentials").selectAll().where(sql<boolean>`id = any(${ids})`).execute();
  return new Map(rows.map((row) => [row.id, toCredential(row)]));
}

export async function lockCredential(db: Transaction<Tables>, id: string): Promise<Credential | undefined> {
  const row = await db.selectFrom("credentials").selectAll().where("id", "=", id).forUpdate()
    .executeTakeFirst();
  return row && toCredential(row);
}

/** The owner's credential with this token, if one is stored and not revoked; locked. */
export async function findLiveCredential(
  db: Transaction<Tables>,
  provider: Provider,
  tokenId: string,
  ownerId: string | null,
): Promise<Credential | undefined> {
  const row = await db.selectFrom("credentials").selectAll()
    .where("provider", "=", provider)
    .where("token_id", "=", tokenId)
    .where(sql<boolean>`coalesce(owner_id, '') = ${ownerId ?? ""}`)
    .where("revoked_at", "is", null)
    .forUpdate().executeTakeFirst();
  return row && toCredential(row);
}

/** Credentials after `after` that are sealed under another root key than this, locked, by id. */
export async function lockSealedUnderOtherKeys(
  db: Transaction<Tables>,
  rootKeyId: string,
  after: string,
  limit: number,
): Promise<Credential[]> {
  const rows = await db.selectFrom("credentials").selectAll()
    .where("root_key_id", "is not", null).where("root_key_id", "!=", rootKeyId)
    .where("id", ">", after)
    .orderBy("id").limit(limit).forUpdate().execute();
  return rows.map(toCredential);
}

/** Ids of credentials whose end has come near or passed, and that were not announced as such yet. */
export async function findChangingHealth(
  db: Kysely<Tables>,
  horizon: Date,
  now: Date,
  limit: number,
): Promise<string[]> {
  const rows = await db.selectFrom("credentials").select("id")
    .where("revoked_at", "is", null)
    .where((eb) =>
      eb.or([
        eb.and([eb("expires_at", "<=", horizon), eb("health", "=", "HEALTHY")]),
        eb.and([eb("expires_at", "<=", now), eb("health", "in", ["EXPIRING", "UNKNOWN"])]),
      ])
    )
    .orderBy("expires_at").limit(limit).execute();
  return rows.map((row) => row.id);
}

/** `ownerId` null: those without an owner, which operators made. */
export type CredentialFilter = { ownerId?: string | null | undefined; provider?: Provider | undefined };

/** One page of credentials by id, which is by creation. */
export async function pageOfCredentials(
  db: Kysely<Tables>,
  page: Page,
  filter: CredentialFilter,
): Promise<Credential[]> {
  const rows = await db.selectFrom("credentials").selectAll()
    .$if(filter.ownerId === null, (query) => query.where("owner_id", "is", null))
    .$if(filter.ownerId != null, (query) => query.where("owner_id", "=", filter.ownerId ?? ""))
    .$if(filter.provider !== undefined, (query) => query.where("provider", "=", filter.provider!))
    .$if(page.after !== undefined, (query) => query.where("id", ">", page.after ?? ""))
    .$if(page.before !== undefined, (query) => query.where("id", "<", page.before ?? ""))
    .orderBy("id", page.newestFirst ? "desc" : "asc").limit(page.limit).execute();
  return rows.map(toCredential);
}

function toRow(credential: Credential): Selectable<CredentialRow> {
  return {
    id: credential.id,
    provider: credential.provider,
    owner_id: credential.ownerId,
    label: credential.label,
    token_id: credential.tokenId,
    scopes: credential.scopes,
    health: credential.health,
    expires_at: credential.expiresAt,
    has_refresh_token: credential.hasRefreshToken,
    refused: credential.refused,
    last_checked_at: credential.lastCheckedAt,
    last_refreshed_at: credential.lastRefreshedAt,
    last_failure: credential.lastFailure,
    revoked_at: credential.revokedAt,
    created_at: credential.createdAt,
    version: credential.version,
    root_key_id: credential.envelope?.rootKeyId ?? null,
    sealed: credential.envelope?.sealed ?? null,
  };
}

function toCredential(row: Selectable<CredentialRow>): Credential {
  return {
    id: row.id,
    provider: row.provider,
    ownerId: row.owner_id,
    label: row.label,
    tokenId: row.token_id,
    scopes: row.scopes,
    health: row.health,
    expiresAt: row.expires_at,
    hasRefreshToken: row.has_refresh_token,
    refused: row.refused,
    lastCheckedAt: row.last_checked_at,
    lastRefreshedAt: row.last_refreshed_at,
    lastFailure: row.last_failure,
    revokedAt: row.revoked_at,
    createdAt: row.created_at,
    version: row.version,
    envelope: row.sealed && row.root_key_id ? { rootKeyId: row.root_key_id, sealed: row.sealed } : undefined,
  };
}

/** Deletes the credentials of a user who is deleted, and their secrets with them. */
export async function forgetUsersCredentials(db: Transaction<Tables>, userId: string): Promise<void> {
  await db.deleteFrom("credentials").where("owner_id", "=", userId).execute();
}
