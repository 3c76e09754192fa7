import { sql, type Transaction } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import type { Named } from "./names.ts";
import { nameKey } from "./user_store.ts";

/** A user's profile at a provider. */
export type ProviderProfile = {
  authId: string;
  email: Named | null;
  name: string | null;
  pictureUrl: string | null;
};

/**
 * Updates a user from a provider's profile: name and picture if given, the address if the user has none. A
 * guest becomes a user. The caller must hold `lockEmail` of the address. Returns false if the user does not
 * exist or `isGuest` does not match.
 */
export async function setProvidersProfile(
  db: Transaction<Tables>,
  id: string,
  isGuest: boolean,
  { authId, email, name, pictureUrl }: ProviderProfile,
): Promise<boolean> {
  const row = await db.updateTable("users").set({
    auth_id: authId,
    email: sql`coalesce(email, ${email?.typed ?? null})`,
    email_key: sql`coalesce(email_key, ${email?.key ?? null})`,
    name: sql`coalesce(${name}, case when is_guest then null else name end)`,
    name_key: sql`coalesce(${nameKey(name)}, case when is_guest then null else name_key end)`,
    picture_url: sql`coalesce(${pictureUrl}, picture_url)`,
    is_guest: false,
    version: sql`version + 1`,
  }).where("id", "=", id).where("is_guest", "=", isGuest).returning("id").executeTakeFirst();
  return row !== undefined;
}

/**
 * Replaces the verified address `from` of a user, unless any user has or claims the new one. The caller must
 * hold `lockEmail`.
 */
export async function setProvidersEmail(
  db: Transaction<Tables>,
  id: string,
  from: string,
  to: Named,
): Promise<void> {
  await db.updateTable("users").set({ email: to.typed, email_key: to.key, version: sql`version + 1` })
    .where("id", "=", id).where("email_key", "=", from).where("email_verified_at", "is not", null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom("users as other").select("other.id").where("other.email_key", "=", to.key)))
    ).execute();
}
