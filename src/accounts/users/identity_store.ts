import { type Kysely, sql, type Transaction } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import { toUser, USER_COLUMNS } from "./user_store.ts";
import type { User } from "./users.ts";

/** Who somebody is at a provider: theirs for ever, whatever becomes of their address. */
export type Identity = { issuer: string; subject: string };

/** As one text, for `users.auth_id`. */
export function authIdOf({ issuer, subject }: Identity): string {
  return `${issuer}|${subject}`;
}

/** Until the transaction ends, nobody else gives this identity to a user. */
export async function lockIdentity(db: Transaction<Tables>, identity: Identity): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`identity ${authIdOf(identity)}`}, 0))`.execute(
    db,
  );
}

/** Whose identity it is. */
export async function findIdentityOwner(
  db: Kysely<Tables>,
  { issuer, subject }: Identity,
): Promise<string | undefined> {
  const row = await db.selectFrom("identities").select("user_id")
    .where("issuer", "=", issuer).where("subject", "=", subject).executeTakeFirst();
  return row?.user_id;
}

/** The user whose identity it is, and the address that the provider said last. */
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

/** Gives the identity to a user. The caller holds `lockIdentity`, and nobody has it. */
export async function insertIdentity(
  db: Transaction<Tables>,
  { issuer, subject }: Identity,
  { userId, email, at }: { userId: string; email: string | null; at: Date },
): Promise<void> {
  await db.insertInto("identities")
    .values({ issuer, subject, user_id: userId, email, created_at: at }).execute();
}

/** Notes the address that the provider says now. */
export async function updateIdentity(
  db: Transaction<Tables>,
  { issuer, subject }: Identity,
  email: string | null,
): Promise<void> {
  await db.updateTable("identities").set({ email })
    .where("issuer", "=", issuer).where("subject", "=", subject).execute();
}

/** Takes all identities from a user. */
export async function dropIdentities(db: Transaction<Tables>, userId: string): Promise<void> {
  await db.deleteFrom("identities").where("user_id", "=", userId).execute();
}
