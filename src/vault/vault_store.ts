import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import { countUpTo, inPage, orderOf } from "../platform/db/pages.ts";
import type { CredentialRow, Tables } from "../platform/db/tables.ts";
import type { Page } from "../lib/paging.ts";
import type { Credential } from "./vault.ts";

/** Credentials returned per owner and provider. */
const MOST_ACCOUNTS = 50;

export async function insertCredential(db: Transaction<Tables>, credential: Credential): Promise<void> {
  await db.insertInto("credentials").values(toRow(credential)).execute();
}

/** Writes every mutable column. The caller holds the row lock. */
export async function updateCredential(db: Transaction<Tables>, credential: Credential): Promise<void> {
  const { id, provider: _provider, owner_id: _owner, created_at: _created, ...changing } = toRow(credential);
  await db.updateTable("credentials").set(changing).where("id", "=", id).execute();
}

/** Two tokens of a provider belong to the same credential if their public half, or else their account, is equal. */
export type Identity = Pick<Credential, "provider" | "ownerId" | "tokenId" | "account">;

/** Until the transaction ends, prevents other transactions from storing a token of this identity. */
export async function lockIdentity(
  db: Transaction<Tables>,
  { provider, tokenId, account }: Identity,
): Promise<void> {
  const key = `credential ${provider} ${tokenId ?? account}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(db);
}

export async function findCredential(db: Kysely<Tables>, id: string): Promise<Credential | undefined> {
  return (await findCredentials(db, [id])).get(id);
}

/** Returns the credentials with these ids in one query. Ids that do not exist are left out. */
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

/** Returns and locks the owner's credential of this identity, unless it is revoked. */
export async function findLiveCredential(
  db: Transaction<Tables>,
  { provider, ownerId, tokenId, account }: Identity,
): Promise<Credential | undefined> {
  const row = await db.selectFrom("credentials").selectAll()
    .where("provider", "=", provider)
    .where(tokenId ? "token_id" : "account", "=", tokenId ?? account)
    .where(sql<boolean>`coalesce(owner_id, '') = ${ownerId ?? ""}`)
    .where("revoked_at", "is", null)
    .forUpdate().executeTakeFirst();
  return row && toCredential(row);
}

/** Whether any user has an unrevoked credential for this account, or for an account that starts with `prefix`. */
export async function hasLiveOf(
  db: Kysely<Tables>,
  provider: string,
  account: string,
  prefix: string,
): Promise<boolean> {
  const row = await db.selectFrom("credentials").select("id")
    .where("provider", "=", provider).where("revoked_at", "is", null)
    .where((eb) => eb.or([eb("account", "=", account), eb("account", "like", `${prefix}%`)]))
    .limit(1).executeTakeFirst();
  return row !== undefined;
}

/** Returns and locks credentials with an id after `after` that are sealed under another root key, ordered by id. */
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

/** Returns the owner's unrevoked credentials of a provider, newest first. `ownerId` null means those of operators. */
export async function findOwnersCredentials(
  db: Kysely<Tables>,
  provider: string,
  ownerId: string | null,
): Promise<Credential[]> {
  if (ownerId !== null) return (await findUsersCredentials(db, provider, [ownerId])).get(ownerId) ?? [];
  const rows = await db.selectFrom("credentials").selectAll()
    .where("provider", "=", provider).where("owner_id", "is", null).where("revoked_at", "is", null)
    .orderBy("id", "desc").limit(MOST_ACCOUNTS).execute();
  return rows.map(toCredential);
}

/** Returns the unrevoked credentials of a provider by user, newest first, in one query. */
export async function findUsersCredentials(
  db: Kysely<Tables>,
  provider: string,
  userIds: readonly string[],
): Promise<Map<string, Credential[]>> {
  const { rows } = await sql<Selectable<CredentialRow> & { owner_id: string }>`
    select live.* from unnest(${userIds}::text[]) as owner (id) cross join lateral (
      select * from credentials where provider = ${provider} and owner_id = owner.id and revoked_at is null
      order by id desc limit ${MOST_ACCOUNTS}
    ) as live`.execute(db);
  const found = Map.groupBy(rows, (row) => row.owner_id);
  return new Map([...found].map(([userId, live]) => [userId, live.map(toCredential)]));
}

/** `ownerId` null selects credentials without an owner, which operators created. */
export type CredentialFilter = {
  ownerId?: string | null | undefined;
  provider?: string | undefined;
  /** Only those that work no longer or whose refreshes fail. */
  onlyTroubled?: boolean;
};

/** Returns one page of credentials ordered by id, and so by creation time. */
export async function pageOfCredentials(
  db: Kysely<Tables>,
  page: Page,
  filter: CredentialFilter,
): Promise<Credential[]> {
  const rows = await matching(db, filter).selectAll()
    .where(inPage(page)).orderBy("id", orderOf(page)).limit(page.limit).execute();
  return rows.map(toCredential);
}

/** Counts the credentials; see `countUpTo`. */
export function countCredentials(db: Kysely<Tables>, filter: CredentialFilter): Promise<number | undefined> {
  return countUpTo(db, (limit) => matching(db, filter).select("id").limit(limit));
}

function matching(db: Kysely<Tables>, { ownerId, provider, onlyTroubled }: CredentialFilter) {
  return db.selectFrom("credentials")
    .$if(ownerId === null, (query) => query.where("owner_id", "is", null))
    .$if(ownerId != null, (query) => query.where("owner_id", "=", ownerId ?? ""))
    .$if(provider !== undefined, (query) => query.where("provider", "=", provider!))
    .$if(onlyTroubled === true, (query) =>
      query.where("revoked_at", "is", null).where((eb) =>
        eb.or([
          eb("health", "in", ["EXPIRED", "REAUTHORIZATION_REQUIRED", "UNKNOWN"]),
          eb("refresh_failures", ">", 0),
        ])
      ));
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
    account: credential.account,
    issued_at: credential.issuedAt,
    refresh_at: credential.refreshAt,
    refresh_failures: credential.refreshFailures,
    claimed_until: credential.claimedUntil,
    changes_at: credential.changesAt,
    root_key_id: credential.envelope?.rootKeyId ?? null,
    sealed: credential.envelope?.sealed ?? null,
  };
}

export function toCredential(row: Selectable<CredentialRow>): Credential {
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
    account: row.account,
    issuedAt: row.issued_at,
    refreshAt: row.refresh_at,
    refreshFailures: row.refresh_failures,
    claimedUntil: row.claimed_until,
    changesAt: row.changes_at,
    envelope: row.sealed && row.root_key_id ? { rootKeyId: row.root_key_id, sealed: row.sealed } : undefined,
  };
}

/** Deletes all credentials of a user, including their secrets. */
export async function forgetUsersCredentials(db: Transaction<Tables>, userId: string): Promise<void> {
  await db.deleteFrom("credentials").where("owner_id", "=", userId).execute();
}
