import { type Kysely, sql } from "kysely";
import type { Tables } from "../../../platform/db/tables.ts";
import type { StoredPasskey } from "./authentication.ts";
import type { AllowedPasskey } from "./options.ts";

/** A passkey, with the facts about its owner that a sign-in needs. */
export type OwnedPasskey = StoredPasskey & {
  factorId: string;
  userId: string;
  /**
   * What its authenticator stores to find the user. Null if it is ours, so the bytes of the user's id; empty if the
   * system that it was imported from did not keep it.
   */
  userHandle: Uint8Array | null;
  isDisabled: boolean;
  signInMethodsVersion: number;
};

export async function findPasskey(
  db: Kysely<Tables>,
  credentialId: string,
): Promise<OwnedPasskey | undefined> {
  const row = await db.selectFrom("factors").innerJoin("users", "users.id", "factors.user_id")
    .select(["factors.id", "user_id", "public_key", "user_handle", "counter", "disabled_at", "ways_in"])
    .where("credential_id", "=", credentialId).executeTakeFirst();
  return row && {
    factorId: row.id,
    userId: row.user_id,
    credentialId,
    publicKey: row.public_key ?? new Uint8Array(),
    counter: Number(row.counter),
    userHandle: row.user_handle,
    isDisabled: row.disabled_at !== null,
    signInMethodsVersion: row.ways_in,
  };
}

/** Returns the passkeys of the user, oldest first. */
export async function passkeysOf(db: Kysely<Tables>, userId: string): Promise<AllowedPasskey[]> {
  const rows = await db.selectFrom("factors").select(["credential_id", "transports"])
    .where("user_id", "=", userId).where("credential_id", "is not", null).orderBy("id").execute();
  return rows.map(({ credential_id, transports }) => ({
    id: credential_id ?? "",
    transports: transports ?? [],
  }));
}

/** Builds the statement that stores a use. The stored counter never falls, so every use of a copy that is behind is noticed. */
export function notingUse(
  db: Kysely<Tables>,
  factorId: string,
  { counter, backedUp, at }: { counter: number; backedUp: boolean; at: Date },
) {
  return db.updateTable("factors")
    .set({ counter: sql`greatest(counter, ${counter}::bigint)`, synced: backedUp, last_used_at: at })
    .where("id", "=", factorId);
}
