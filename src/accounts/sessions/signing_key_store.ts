import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import type { SigningKeyRow, Tables } from "../../platform/db/tables.ts";
import { isSigningAlgorithm, type SigningAlgorithm } from "./signing_algorithms.ts";

/** A stored signing key; `id` is its `kid`. */
export type StoredSigningKey = {
  id: string;
  /** The `alg` of the public key. */
  algorithm: SigningAlgorithm;
  publicJwk: Record<string, unknown>;
  sealed: string;
  createdAt: Date;
  signsFrom: Date;
};

/** Returns all keys of known algorithms, in the order in which they sign. */
export async function readSigningKeys(db: Kysely<Tables>): Promise<StoredSigningKey[]> {
  const rows = await db.selectFrom("signing_keys").selectAll().orderBy("signs_from").orderBy("id").execute();
  return rows.flatMap(toSigningKey);
}

/** The id of the advisory lock, unique in this database. Spells "keys". */
const LOCK = 0x6b657973;

/** Like `readSigningKeys`, and blocks other transactions from adding a key until this one ends. */
export async function lockSigningKeys(db: Transaction<Tables>): Promise<StoredSigningKey[]> {
  await sql`select pg_advisory_xact_lock(${LOCK}::bigint)`.execute(db);
  return await readSigningKeys(db);
}

export async function insertSigningKey(db: Transaction<Tables>, key: StoredSigningKey): Promise<void> {
  await db.insertInto("signing_keys").values({
    id: key.id,
    public_jwk: JSON.stringify(key.publicJwk),
    sealed: key.sealed,
    created_at: key.createdAt,
    signs_from: key.signsFrom,
  }).execute();
}

/** Stores the resealed key, unless another instance has resealed it. */
export async function resealSigningKey(
  db: Kysely<Tables>,
  key: StoredSigningKey,
  sealed: string,
): Promise<void> {
  await db.updateTable("signing_keys").set({ sealed })
    .where("id", "=", key.id).where("sealed", "=", key.sealed).execute();
}

export async function deleteSigningKeys(db: Kysely<Tables>, ids: readonly string[]): Promise<void> {
  await db.deleteFrom("signing_keys").where("id", "in", ids).execute();
}

function toSigningKey(row: Selectable<SigningKeyRow>): StoredSigningKey[] {
  const { alg } = row.public_jwk;
  if (!isSigningAlgorithm(alg)) return [];
  return [{
    id: row.id,
    algorithm: alg,
    publicJwk: row.public_jwk,
    sealed: row.sealed,
    createdAt: row.created_at,
    signsFrom: row.signs_from,
  }];
}
