import { type Kysely, sql, type Transaction } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import { hadSessionFrom } from "../../accounts/sessions/sessions.ts";
import type { Identifier } from "../../accounts/users/names.ts";
import type { KnownCallerFacts } from "../../accounts/users/users.ts";

/** The account that a sign-in names, with the data needed to check it. */
export type SignInCandidate = KnownCallerFacts & {
  passwordHash: string | null;
  disabled: boolean;
  hasFactors: boolean;
  /** The address, if verified. */
  emailKey: string | null;
};

/**
 * Finds the user with this username or verified address. One query in all cases, so its time does not reveal
 * accounts.
 */
export async function findCandidate(
  db: Kysely<Tables>,
  { kind, key }: Identifier,
  ipAddress: string | null,
): Promise<SignInCandidate | undefined> {
  const row = await db.selectFrom("users")
    .select([
      "id",
      "password_hash",
      "disabled_at",
      "email_key",
      "email_verified_at",
      "devices_forgotten_at",
      "factors",
    ])
    .select(hadSessionFrom("users.id", ipAddress).as("known"))
    .$if(kind === "username", (query) => query.where("username_key", "=", key))
    .$if(
      kind === "email",
      (query) => query.where("email_key", "=", key).where("email_verified_at", "is not", null),
    )
    .executeTakeFirst();
  return row && {
    userId: row.id,
    passwordHash: row.password_hash,
    disabled: row.disabled_at !== null,
    hasFactors: row.factors.length > 0,
    emailKey: row.email_verified_at && row.email_key,
    fromKnownAddress: row.known,
    devicesForgottenAt: row.devices_forgotten_at,
  };
}

export async function findPasswordHash(db: Kysely<Tables>, userId: string): Promise<string | null> {
  const row = await db.selectFrom("users").select("password_hash").where("id", "=", userId)
    .executeTakeFirst();
  return row?.password_hash ?? null;
}

/**
 * Replaces the password hash, if it still is `previous` (any if undefined) and the user is not disabled.
 * Returns whether it did.
 */
export async function setPasswordHash(
  db: Kysely<Tables> | Transaction<Tables>,
  userId: string,
  hash: string,
  previous?: string,
): Promise<boolean> {
  const row = await db.updateTable("users").set({ password_hash: hash, version: sql`version + 1` })
    .where("id", "=", userId).where("disabled_at", "is", null)
    .$if(previous !== undefined, (query) => query.where("password_hash", "=", previous ?? ""))
    .returning("id").executeTakeFirst();
  return row !== undefined;
}
