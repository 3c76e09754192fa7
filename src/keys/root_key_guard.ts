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
 * Checks that the root secret belongs to this database, and remembers a new one by its id: the first secret of
 * an empty database, or one that comes with its predecessor (a rotation). Throws `WrongRootSecret` otherwise.
 */
export async function admitRootKey(db: Kysely<Tables>, keys: Keyring, now: Date): Promise<void> {
  const known = await db.selectFrom("root_keys").select("id").execute();
  if (known.some((row) => row.id === keys.current.id)) return;
  if (known.length > 0 && !known.some((row) => keys.find(row.id))) throw new WrongRootSecret();
  await db.insertInto("root_keys").values({ id: keys.current.id, first_used_at: now })
    .onConflict((conflict) => conflict.doNothing()).execute();
}
