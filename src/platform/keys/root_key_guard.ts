import type { Kysely } from "kysely";
import type { Tables } from "../db/tables.ts";
import type { Keyring } from "./root_key.ts";

/**
 * The configured root secret does not match the database. The server must not start, because it could not open
 * the sealed rows.
 */
export class WrongRootSecret extends Error {
  override readonly name = "WrongRootSecret";
  constructor() {
    super(
      "Cannot start: SALLYPORT_SECRET does not match this database. Set the right secret; to " +
        "change it, set the new one as SALLYPORT_SECRET and the old one as SALLYPORT_SECRET_PREVIOUS",
    );
  }
}

/**
 * Checks that the current or the previous root secret is the one last used with this database. Returns whether
 * the current one is in force already. Throws `WrongRootSecret` otherwise.
 */
export async function checkRootKey(db: Kysely<Tables>, keys: Keyring): Promise<boolean> {
  const last = await db.selectFrom("root_keys").select("id").orderBy("in_force_since", "desc").limit(1)
    .executeTakeFirst();
  if (last && !keys.find(last.id)) throw new WrongRootSecret();
  return last?.id === keys.current.id;
}

/**
 * Checks the root key and records it as in force: the first one of an empty database, or a new one that came
 * with its predecessor (a rotation, or its reversal).
 */
export async function admitRootKey(db: Kysely<Tables>, keys: Keyring, now: Date): Promise<void> {
  if (await checkRootKey(db, keys)) return;
  await db.insertInto("root_keys").values({ id: keys.current.id, in_force_since: now })
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ in_force_since: now })).execute();
}
