import { type Kysely, type RawBuilder, sql, type Transaction } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";

/** Who somebody is at a provider: theirs for ever, whatever becomes of their address. */
export type Identity = { issuer: string; subject: string };

/** As one text, for `users.auth_id`. */
export function authIdOf({ issuer, subject }: Identity): string {
  return `${issuer}|${subject}`;
}

/** Part of a statement: one row with the `user_id` whose identity it is and the `email` that came with it, or none. */
export function identityRow({ issuer, subject }: Identity): RawBuilder<unknown> {
  return sql`select user_id, email from identities where issuer = ${issuer} and subject = ${subject}`;
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
