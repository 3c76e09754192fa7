import type { Kysely } from "kysely";
import type { Tables } from "../db/tables.ts";
import type { Keyring } from "./root_key.ts";

/** The configured root secret is not the one this database's rows were sealed under. Starting would lose them. */
export class WrongRootSecret extends Error {
  override readonly name = "WrongRootSecret";
  constructor() {
    super(
      "Cannot start: SALLYPORT_SECRET is not the secret this database was sealed with. Set the right one; to " +
        "change it, set the new one as SALLYPORT_SECRET and the old one as SALLYPORT_SECRET_PREVIOUS",
    );
  }
}

/**
 * Checks that the root secret belongs to this database: it, or the one that comes with it as its predecessor, is
 * the one last in force. Returns whether it is in force already. Throws `WrongRootSecret` otherwise.
 */
export async function checkRootKey(db: Kysely<Tables>, keys: Keyring): Promise<boolean> {
  const last = await db.selectFrom("root_keys").select("id").orderBy("in_force_since", "desc").limit(1)
    .executeTakeFirst();
  if (last && !keys.find(last.id)) throw new WrongRootSecret();
  return last?.id === keys.current.id;
}

/**
 * As `checkRootKey`, and remembers the root secret as the one in force: the first one of an empty database, or a
 * new one that came with its predecessor (a rotation, or the way back).
 */
export async function admitRootKey(db: Kysely<Tables>, keys: Keyring, now: Date): Promise<void> {
  if (await checkRootKey(db, keys)) return;
  await db.insertInto("root_keys").values({ id: keys.current.id, in_force_since: now })
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ in_force_since: now })).execute();
}
