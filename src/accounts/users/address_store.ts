import { type Kysely, sql, type Transaction } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import { hadSessionFrom } from "../sessions/sessions.ts";
import type { Named } from "./names.ts";
import { toUser, USER_COLUMNS } from "./user_store.ts";
import type { User } from "./users.ts";

/** Finds the user who has verified the address, or else one who claims it. */
export async function findByEmail(db: Kysely<Tables>, emailKey: string): Promise<User | undefined> {
  const row = await db.selectFrom("users").select(USER_COLUMNS).where(
    "email_key",
    "=",
    emailKey,
  )
    .orderBy(sql`email_verified_at is null`).limit(1).executeTakeFirst();
  return row && toUser(row);
}

/** Finds the user who has verified the address. */
export async function findByVerifiedEmail(db: Kysely<Tables>, emailKey: string): Promise<User | undefined> {
  const row = await db.selectFrom("users").select(USER_COLUMNS)
    .where("email_key", "=", emailKey).where("email_verified_at", "is not", null).executeTakeFirst();
  return row && toUser(row);
}

/**
 * Finds the user who claims the address without having verified it. Returns undefined when several users
 * claim it.
 */
export async function findByClaimedEmail(db: Kysely<Tables>, emailKey: string): Promise<User | undefined> {
  const rows = await db.selectFrom("users").select(USER_COLUMNS)
    .where("email_key", "=", emailKey).where("email_verified_at", "is", null).limit(2).execute();
  const [only] = rows;
  return rows.length === 1 && only ? toUser(only) : undefined;
}

/** What decides whether the owner of an account knows a caller. */
export type KnownCallerFacts = {
  userId: string;
  /** Whether the user had a session from the caller's network. */
  fromKnownAddress: boolean;
  /** Device marks made before this time are invalid. */
  devicesForgottenAt: Date | null;
};

/** Reads the facts for a user. */
export async function findKnownFacts(
  db: Kysely<Tables>,
  userId: string,
  ipAddress: string | null,
): Promise<KnownCallerFacts | undefined> {
  const row = await db.selectFrom("users")
    .select(["id", "devices_forgotten_at", hadSessionFrom("users.id", ipAddress).as("known")])
    .where("id", "=", userId).executeTakeFirst();
  return row && {
    userId: row.id,
    fromKnownAddress: row.known,
    devicesForgottenAt: row.devices_forgotten_at,
  };
}

/** Reads them for the user who has verified the address. */
export async function findKnownCallerFacts(
  db: Kysely<Tables>,
  emailKey: string,
  ipAddress: string | null,
): Promise<KnownCallerFacts | undefined> {
  const row = await db.selectFrom("users")
    .select(["id", "devices_forgotten_at", hadSessionFrom("users.id", ipAddress).as("known")])
    .where("email_key", "=", emailKey).where("email_verified_at", "is not", null).executeTakeFirst();
  return row && {
    userId: row.id,
    fromKnownAddress: row.known,
    devicesForgottenAt: row.devices_forgotten_at,
  };
}

/** Locks the address until the transaction ends, so no other transaction can verify it. */
export async function lockEmail(db: Transaction<Tables>, emailKey: string): Promise<void> {
  await db.selectNoFrom(emailLock(emailKey).as("locked")).execute();
}

/** The expression that takes the lock. */
export function emailLock(emailKey: string) {
  return sql`pg_advisory_xact_lock(hashtextextended(${`email ${emailKey}`}, 0))`;
}

/**
 * Marks the address as verified, unless the user has another address or is disabled, or another user has
 * verified it. The caller must hold `lockEmail`. Returns whether it did.
 */
export async function setEmailVerified(
  db: Transaction<Tables>,
  id: string,
  emailKey: string,
  at: Date,
): Promise<boolean> {
  const row = await db.updateTable("users").set({
    email_verified_at: at,
    unvouched: false,
    version: sql`version + 1`,
  })
    .where("id", "=", id).where("email_key", "=", emailKey).where("disabled_at", "is", null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(
        selectFrom("users as other").select("other.id").where("other.email_key", "=", emailKey)
          .where("other.email_verified_at", "is not", null).where("other.id", "!=", id),
      ))
    ).returning("id").executeTakeFirst();
  return row !== undefined;
}

/** Locks all users who claim the address without having verified it. Returns the newest one that is not disabled. */
export async function lockClaimants(db: Transaction<Tables>, emailKey: string): Promise<string | undefined> {
  const rows = await db.selectFrom("users").select(["id", "disabled_at"]).where("email_key", "=", emailKey)
    .where("email_verified_at", "is", null).orderBy("id", "desc").forUpdate().execute();
  return rows.find((row) => row.disabled_at === null)?.id;
}

/** Removes the address from all users who have not verified it, except one, and returns their ids. */
export async function dropClaims(
  db: Transaction<Tables>,
  emailKey: string,
  exceptId: string | undefined,
): Promise<string[]> {
  const rows = await db.updateTable("users").set({ email: null, email_key: null, version: sql`version + 1` })
    .where("email_key", "=", emailKey).where("email_verified_at", "is", null)
    .where("id", "!=", exceptId ?? "").returning("id").execute();
  return rows.map(({ id }) => id);
}

/**
 * Sets a verified address on a user who has none. A guest becomes a user. The caller must hold `lockEmail`.
 * Returns undefined and changes nothing if the user does not exist or is disabled, or `isGuest` does not
 * match.
 */
export async function takeEmail(
  db: Transaction<Tables>,
  id: string,
  isGuest: boolean,
  email: Named,
  at: Date,
): Promise<User | undefined> {
  const row = await db.updateTable("users").set({
    email: email.typed,
    email_key: email.key,
    email_verified_at: at,
    name: sql`case when is_guest then null else name end`,
    name_key: sql`case when is_guest then null else name_key end`,
    is_guest: false,
    version: sql`version + 1`,
  }).where("id", "=", id).where("is_guest", "=", isGuest).where("disabled_at", "is", null)
    .where("email_verified_at", "is", null).returning(USER_COLUMNS).executeTakeFirst();
  return row && toUser(row);
}
