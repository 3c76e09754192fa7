import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import type { ApiKeyRow, Tables } from "../../platform/db/tables.ts";
import type { ApiKey } from "./api_keys.ts";
import { isApiKeyScope } from "./scopes.ts";

/** A key to store. */
export type NewApiKey = Omit<ApiKey, "lastUsedAt"> & {
  hash: Uint8Array;
  /** When operators are warned that the key expires soon; null without a warning. */
  warnAt: Date | null;
};

export async function insertApiKey(db: Transaction<Tables>, key: NewApiKey): Promise<void> {
  await db.insertInto("api_keys").values({
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    key_hash: key.hash,
    scopes: [...key.scopes],
    created_by: key.createdBy,
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    warn_at: key.warnAt,
    last_used_at: null,
  }).execute();
}

/** The id of the advisory lock, unique in this database. Spells "apik". */
const LOCK = 0x6170696b;

/** Returns the number of keys, and blocks other transactions from counting until this one ends. */
export async function lockAndCount(db: Transaction<Tables>): Promise<number> {
  await sql`select pg_advisory_xact_lock(${LOCK}::bigint)`.execute(db);
  const { count } = await db.selectFrom("api_keys").select(({ fn }) => fn.countAll<string>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Returns the valid keys, newest first. */
export async function listApiKeys(db: Kysely<Tables>, now: Date): Promise<ApiKey[]> {
  const rows = await valid(db, now).orderBy("id", "desc").execute();
  return rows.map(toApiKey);
}

/** Returns the valid keys that this operator created, newest first. */
export async function apiKeysOf(db: Kysely<Tables>, operatorId: string, now: Date): Promise<ApiKey[]> {
  const rows = await valid(db, now).where("created_by", "=", operatorId).orderBy("id", "desc").execute();
  return rows.map(toApiKey);
}

export async function findApiKey(db: Kysely<Tables>, id: string, now: Date): Promise<ApiKey | undefined> {
  const row = await valid(db, now).where("id", "=", id).executeTakeFirst();
  return row && toApiKey(row);
}

export async function findApiKeyByHash(
  db: Kysely<Tables>,
  hash: Uint8Array,
  now: Date,
): Promise<ApiKey | undefined> {
  const row = await valid(db, now).where("key_hash", "=", hash).executeTakeFirst();
  return row && toApiKey(row);
}

function valid(db: Kysely<Tables>, now: Date) {
  return db.selectFrom("api_keys").selectAll()
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", now)]));
}

/** Stores the last use, unless another request has stored one since the key was read. */
export async function noteUse(
  db: Kysely<Tables>,
  { id, lastUsedAt }: Pick<ApiKey, "id" | "lastUsedAt">,
  now: Date,
): Promise<void> {
  await db.updateTable("api_keys").set({ last_used_at: now }).where("id", "=", id)
    .where("last_used_at", "is not distinct from", lastUsedAt).execute();
}

/** Deletes a key, and returns it if this call deleted it. */
export async function deleteApiKey(db: Transaction<Tables>, id: string): Promise<ApiKey | undefined> {
  const row = await db.deleteFrom("api_keys").where("id", "=", id).returningAll().executeTakeFirst();
  return row && toApiKey(row);
}

/** Deletes and returns the keys that have expired. */
export async function deleteExpired(db: Transaction<Tables>, now: Date): Promise<ApiKey[]> {
  const rows = await db.deleteFrom("api_keys").where("expires_at", "<=", now).returningAll().execute();
  return rows.map(toApiKey);
}

/** Returns the keys whose warning is due. Returns each key only once. */
export async function takeWarnings(db: Transaction<Tables>, now: Date): Promise<ApiKey[]> {
  const rows = await db.updateTable("api_keys").set({ warn_at: null }).where("warn_at", "<=", now)
    .returningAll().execute();
  return rows.map(toApiKey);
}

function toApiKey(row: Selectable<ApiKeyRow>): ApiKey {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes.filter(isApiKeyScope),
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}
