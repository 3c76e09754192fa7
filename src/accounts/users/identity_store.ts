import { type Kysely, sql, type Transaction } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import { toUser, USER_COLUMNS } from "./user_store.ts";
import type { User } from "./users.ts";

/** A user's permanent identity at a provider. It does not depend on the e-mail address. */
export type Identity = { issuer: string; subject: string };

/** The identity as one text, for `users.auth_id`. */
export function authIdOf({ issuer, subject }: Identity): string {
  return `${issuer}|${subject}`;
}

/** Locks the identity until the transaction ends, so no other transaction can link it. */
export async function lockIdentity(db: Transaction<Tables>, identity: Identity): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`identity ${authIdOf(identity)}`}, 0))`.execute(
    db,
  );
}

/** Returns the id of the user who owns the identity. */
export async function findIdentityOwner(
  db: Kysely<Tables>,
  { issuer, subject }: Identity,
): Promise<string | undefined> {
  const row = await db.selectFrom("identities").select("user_id")
    .where("issuer", "=", issuer).where("subject", "=", subject).executeTakeFirst();
  return row?.user_id;
}

/** Returns the user who owns the identity, and the last address the provider reported. */
export async function findByIdentity(
  db: Kysely<Tables>,
  { issuer, subject }: Identity,
): Promise<{ user: User; email: string | null } | undefined> {
  const identity = db.selectFrom("identities").where("issuer", "=", issuer).where("subject", "=", subject);
  const row = await db.selectFrom("users").select(USER_COLUMNS)
    .select(identity.select("email").as("identity_email"))
    .where("id", "=", identity.select("user_id")).executeTakeFirst();
  return row && { user: toUser(row), email: row.identity_email };
}

/** Links the identity to a user. The caller must hold `lockIdentity`, and the identity must have no owner. */
export async function insertIdentity(
  db: Transaction<Tables>,
  { issuer, subject }: Identity,
  { userId, email, at }: { userId: string; email: string | null; at: Date },
): Promise<void> {
  await db.insertInto("identities")
    .values({ issuer, subject, user_id: userId, email, created_at: at }).execute();
}

/** Stores the address that the provider reports now. */
export async function updateIdentity(
  db: Transaction<Tables>,
  { issuer, subject }: Identity,
  email: string | null,
): Promise<void> {
  await db.updateTable("identities").set({ email })
    .where("issuer", "=", issuer).where("subject", "=", subject).execute();
}

/** Removes all identities of a user. */
export async function dropIdentities(db: Transaction<Tables>, userId: string): Promise<void> {
  await db.deleteFrom("identities").where("user_id", "=", userId).execute();
}
